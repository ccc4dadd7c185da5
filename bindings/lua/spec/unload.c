/* SPDX-License-Identifier: Apache-2.0 */
/* A host whose threads end after the state they used the module in: unload CPATH, the place of the
 * module as Lua writes it. Killed by a signal if the module is gone by then. */
#include <pthread.h>
#include <stdio.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

static const char script[] = "package.cpath = ...\n"
                             "local mmio = require('mmio')\n"
                             "local map = assert(mmio.anonymous(4096))\n"
                             "local view = assert(map:view(0, 5, 'w'))\n"
                             "view[1] = 104\n";

static void *use(void *cpath)
{
    lua_State *L = luaL_newstate();
    luaL_openlibs(L);
    int failed = luaL_loadstring(L, script);
    if (failed == 0) {
        lua_pushstring(L, cpath);
        failed = lua_pcall(L, 1, 0, 0);
    }
    if (failed != 0) {
        (void)fprintf(stderr, "unload: %s\n", lua_tostring(L, -1));
    }
    lua_close(L);
    return failed == 0 ? cpath : NULL;
}

int main(int argc, char **argv)
{
    for (int round = 0; round < 3; round++) {
        pthread_t thread;
        void *done = NULL;
        if (argc != 2 || pthread_create(&thread, NULL, use, argv[1]) != 0 ||
            pthread_join(thread, &done) != 0 || done == NULL) {
            return 1;
        }
    }
    (void)printf("unload: the module stayed\n");
    return 0;
}
