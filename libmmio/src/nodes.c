/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes.h"

#include <string.h>

#include "base/compiler.h"
#include "base/memory.h"

static mmio__os_notifier the_notifier = {MMIO__OS_NO_HANDLE, MMIO__OS_NO_HANDLE};
static bool is_open;
static mmio__table nodes;
static mmio__table ears;

int32_t mmio__nodes_open(void)
{
    if (is_open) {
        return 0;
    }
    const int32_t code = mmio__os_notifier_open(&the_notifier);
    is_open = code == 0;
    return code;
}

const mmio__os_notifier *mmio__nodes_notifier(void)
{
    return &the_notifier;
}

void mmio__nodes_forked(void)
{
    if (!is_open) {
        return;
    }
    is_open = false;
    mmio__os_notifier_close(&the_notifier);
    while (nodes.count != 0) {
        ((mmio__node *)mmio__table_take(&nodes))->is_gone = true;
    }
}

mmio__node *mmio__node_find(int32_t number)
{
    mmio__table_entry *entry = mmio__table_first(&nodes, mmio__hash((uint32_t)number, ""));
    while (entry != NULL && ((mmio__node *)entry)->number != number) {
        entry = mmio__table_next(entry);
    }
    return (mmio__node *)entry;
}

void mmio__node_lose(mmio__node *node)
{
    mmio__table_remove(&nodes, &node->entry);
    node->is_gone = true;
}

/* The node of a number that the notifier just gave; NULL without memory. */
static mmio__node *node_of(int32_t number)
{
    mmio__node *node = mmio__node_find(number);
    if (node == NULL) {
        node = mmio__allocate(sizeof *node);
        if (node == NULL) {
            mmio__os_notifier_remove(&the_notifier, number);
            return NULL;
        }
        node->number = number;
        mmio__table_add(&nodes, &node->entry, mmio__hash((uint32_t)number, ""));
    }
    return node;
}

static void drop_node(mmio__node *node)
{
    if (--node->ears != 0) {
        return;
    }
    if (!node->is_gone) {
        mmio__node_lose(node);
        mmio__os_notifier_remove(&the_notifier, node->number);
    }
    mmio__free(node);
}

void mmio__ear_close(mmio__ear *ear)
{
    if (ear->node != NULL) {
        mmio__table_remove(&ears, &ear->entry);
        drop_node(ear->node);
        ear->node = NULL;
    }
}

bool mmio__ear_is_open(const mmio__ear *ear)
{
    return ear->node != NULL && !ear->node->is_gone;
}

/* The node to hear of was added, or not: `code`. The old one is left last, so that it stays watched
 * if it is the same. */
static int32_t turn_to(mmio__ear *ear, int32_t code, int32_t number, const char *name)
{
    mmio__node *node = code == 0 ? node_of(number) : NULL;
    if (node != NULL) {
        node->ears++;
    }
    mmio__ear_close(ear);
    if (node == NULL) {
        return code != 0 ? code : MMIO__OS_NO_MEMORY;
    }
    ear->node = node;
    ear->name = name;
    mmio__table_add(&ears, &ear->entry, mmio__hash((uint32_t)number, name));
    return 0;
}

int32_t mmio__ear_hear_path(mmio__ear *ear, const char *path)
{
    int32_t number = 0;
    const int32_t code = mmio__os_notifier_add_file(&the_notifier, path, &number);
    return turn_to(ear, code, number, "");
}

int32_t mmio__ear_hear_handle(mmio__ear *ear, intptr_t handle)
{
    int32_t number = 0;
    const int32_t code = mmio__os_notifier_add_handle(&the_notifier, handle, &number);
    return turn_to(ear, code, number, "");
}

int32_t mmio__ear_hear_name(mmio__ear *ear, const char *path)
{
    int32_t number = 0;
    const int32_t code = mmio__os_notifier_add_parent(&the_notifier, path, &number);
    return turn_to(ear, code, number, mmio__os_path_name(path));
}

static mmio__ear *find_ear(mmio__table_entry *entry, const mmio__node *node, const char *name)
{
    while (entry != NULL) {
        mmio__ear *ear = (mmio__ear *)entry;
        if (ear->node == node && strcmp(ear->name, name) == 0) {
            return ear;
        }
        entry = mmio__table_next(entry);
    }
    return NULL;
}

mmio__ear *mmio__ears_first(const mmio__node *node, const char *name)
{
    const uint64_t hash = mmio__hash((uint32_t)node->number, name);
    return find_ear(mmio__table_first(&ears, hash), node, name);
}

mmio__ear *mmio__ears_next(mmio__ear *ear)
{
    return find_ear(mmio__table_next(&ear->entry), ear->node, ear->name);
}
