/* SPDX-License-Identifier: Apache-2.0 */
/* Writes records by one route through libmmio, and promises each once the library called it
 * durable.
 *
 *     power_writer <route> <directory> <file of promises> <records> <seed> */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "writer.h"

static const struct {
    const char *name;
    void (*run)(const power_job *job);
} files[] = {
    {"publish", publish},     {"create", create_durably},   {"delete", delete_durably},
    {"copy_over", copy_over}, {"create_only", create_only}, {"delete_only", delete_only},
};

static int run_route(const power_job *job, const char *route)
{
    const power_style *style = style_find(route);
    if (style != NULL) {
        style_run(job, style);
        return 0;
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strcmp(files[i].name, route) == 0) {
            files[i].run(job);
            return 0;
        }
    }
    fprintf(stderr, "power_writer: no route %s\n", route);
    return 2;
}

int main(int count, char **arguments)
{
    if (count != 6) {
        fputs("usage: power_writer <route> <directory> <file of promises> <records> <seed>\n",
              stderr);
        return 2;
    }
    const power_job job = {
        .directory = arguments[2],
        .promises = open(arguments[3], O_WRONLY | O_CLOEXEC),
        .records = (uint32_t)strtoul(arguments[4], NULL, 10),
        .seed = strtoull(arguments[5], NULL, 10),
    };
    if (job.promises < 0) {
        fail(arguments[3]);
    }
    const int result = run_route(&job, arguments[1]);
    close(job.promises);
    return result;
}
