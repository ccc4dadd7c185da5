/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For a module that has the library as a part of itself. Lua unloads its modules when it closes a
 * state, but threads that used the library run its exit call when they end, and its handler of
 * SIGBUS stays. So the module stays, too, as the shared library does by -z nodelete.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

static const char of_this_module = 0;

__attribute__((constructor)) static void keep_loaded(void)
{
    Dl_info module;
    if (dladdr(&of_this_module, &module) != 0) {
        (void)dlopen(module.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
    }
}
