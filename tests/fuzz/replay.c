/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a target on the inputs of a directory, without libFuzzer. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "fuzz.h"

/* Longer than any input that is kept. */
#define INPUT_MOST 4096

static void run_file(int directory, const char *name)
{
    static uint8_t bytes[INPUT_MOST];
    const int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);
    const ssize_t size = read(fd, bytes, sizeof bytes);
    must(size >= 0 && size < INPUT_MOST);
    (void)close(fd);
    (void)LLVMFuzzerTestOneInput(bytes, (size_t)size);
}

int main(int count, char **arguments)
{
    must(count == 2);
    DIR *inputs = opendir(arguments[1]);
    must(inputs != NULL && LLVMFuzzerInitialize(&count, &arguments) == 0);
    int done = 0;
    for (const struct dirent *each; (each = readdir(inputs)) != NULL;) {
        if (each->d_name[0] != '.') {
            run_file(dirfd(inputs), each->d_name);
            done++;
        }
    }
    (void)closedir(inputs);
    must(done != 0);
    (void)printf("%d inputs\n", done);
    return 0;
}
