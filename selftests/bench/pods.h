/* SPDX-License-Identifier: GPL-2.0 */
/* The benchmark's pods, by number: 10.1.0.0 + I, fd00::I, 06:00:00:00:00:00 + I. */
#ifndef BENCH_PODS_H
#define BENCH_PODS_H

#include <arpa/inet.h>
#include <stdint.h>
#include <string.h>

#define PODS_SAMPLE	256		/* pods that frames are of */
#define PODS_IPV4	0x0a010000
#define PODS_VID	5

/* The pods that frames are of lie evenly among all. */
static inline unsigned int pods_sample(unsigned int entries, unsigned int i)
{
	return entries < PODS_SAMPLE ? i % entries : (uint64_t)i * entries / PODS_SAMPLE;
}

static inline void pods_mac(uint8_t *mac, unsigned int number)
{
	const uint8_t bytes[6] = { 6, 0, number >> 24, number >> 16, number >> 8, number };

	memcpy(mac, bytes, sizeof(bytes));
}

static inline uint32_t pods_ipv4(unsigned int number)
{
	return htonl(PODS_IPV4 + number);
}

static inline void pods_ipv6(uint8_t *addr, uint32_t number)
{
	memset(addr, 0, 16);
	addr[0] = 0xfd;
	number = htonl(number);
	memcpy(addr + 12, &number, sizeof(number));
}

#endif /* BENCH_PODS_H */
