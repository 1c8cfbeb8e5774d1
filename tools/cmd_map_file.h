/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The mapping table as a file of commands.
 */
#ifndef MACNAT_CMD_MAP_FILE_H
#define MACNAT_CMD_MAP_FILE_H

#include "cmd.h"

/* The arguments of map add and map replace, which a line of the file has */
extern const struct macnat_arg macnat_cmd_map_new[];

/** macnat_cmd_map_save() - write the operator's mappings as lines that restore takes */
int macnat_cmd_map_save(struct macnat_cmd_context *context, const union macnat_model *model);
/** macnat_cmd_map_restore() - add and replace mappings that a file tells, once all of it is read */
int macnat_cmd_map_restore(struct macnat_cmd_context *context, const union macnat_model *model);
/** macnat_cmd_map_sync() - make what a file tells the synced mappings, an uplink's at once */
int macnat_cmd_map_sync(struct macnat_cmd_context *context, const union macnat_model *model);

#endif /* MACNAT_CMD_MAP_FILE_H */
