# SPDX-License-Identifier: GPL-2.0
#
# Validates JSON by a schema of tools/schema; prints one line for each fault, nothing if there is
# none. It knows what those schemas use of JSON Schema 2020-12, and fails for anything else.
#
#	macnat -j map show | jq -r --argjson schemas "$(jq -n 'reduce inputs as $s ({};
#		.[input_filename | split("/") | last] = $s)' tools/schema/*.json)" \
#		--arg name map.json -f selftests/schema.jq

def known: ["$schema", "$defs", "$ref", "title", "description", "type", "enum", "const", "pattern",
	"minimum", "maximum", "items", "properties", "required", "additionalProperties", "oneOf"];

# (a parameter $type would be a filter `type`, too)
def is($want): if $want == "integer" then type == "number" and floor == . else type == $want end;

# FILE#/A/B or #/A/B: [FILE, schema]
def target($file; $ref):
	($ref | split("#")) as [$other, $path]
	| (if $other == "" then $file else $other end) as $in
	| [$in, ($schemas[$in] | getpath($path | split("/") | .[1:])
		// error("\($ref) leads nowhere"))];

def check($file; $s; $at):
	. as $v
	| if $s == true then empty
	elif $s == false then "\($at): must not be there"
	elif ($s | keys) - known != [] then error("schema.jq does not know \(($s | keys) - known)")
	else
		(select($s["$ref"]) | target($file; $s["$ref"]) as [$in, $t] | check($in; $t; $at)),
		(select($s.type and (is($s.type) | not)) | "\($at): is not of type \($s.type)"),
		(select($s.enum and ([$s.enum[] | . == $v] | any | not)) | "\($at): \(tojson) is none of \($s.enum)"),
		(select(($s | has("const")) and $v != $s.const) | "\($at): \(tojson) is not \($s.const)"),
		(select($s.pattern and type == "string" and (test($s.pattern) | not))
			| "\($at): \(tojson) does not match \($s.pattern)"),
		(select($s.minimum and type == "number" and . < $s.minimum) | "\($at): \(.) < \($s.minimum)"),
		(select($s.maximum and type == "number" and . > $s.maximum) | "\($at): \(.) > \($s.maximum)"),
		(select($s.items and type == "array") | to_entries[] | .key as $i | .value
			| check($file; $s.items; "\($at)[\($i)]")),
		(select(type == "object")
			| ($s.required // [] | .[] | select(. as $k | $v | has($k) | not) | "\($at): has no \(.)"),
			(to_entries[] | .key as $k | .value
				| check($file; if $s.properties | has($k)? // false then $s.properties[$k]
					elif $s | has("additionalProperties") then $s.additionalProperties
					else true end; "\($at).\($k)"))),
		(select($s.oneOf)
			| [$s.oneOf[] as $one | [$v | check($file; $one; $at)]]
			| select(map(select(. == [])) | length != 1)
			| "\($at): \($v | tojson) is not exactly one of those; of the nearest: " +
				(min_by(length) | join(", ")))
	end;

check($name; $schemas[$name] // error("no schema \($name)"); "")
