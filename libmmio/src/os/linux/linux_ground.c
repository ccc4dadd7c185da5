/* SPDX-License-Identifier: Apache-2.0 */
/* What file systems there are, and what they can do. */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "../os.h"
#include "../posix/posix_file.h"

#define COHERE MMIO_CAN_COHERE
#define RESERVE MMIO_CAN_RESERVE
#define PUNCH MMIO_CAN_PUNCH
#define REFLINK MMIO_CAN_REFLINK
#define LOCK MMIO_CAN_LOCK
#define ALL (COHERE | RESERVE | PUNCH | REFLINK | LOCK)

typedef struct file_system {
    const char *name; /* As the kernel lists it in mountinfo. */
    uint32_t magic;   /* As statfs() tells it: <linux/magic.h>, and the sources of each. */
    uint32_t kind;    /* MMIO_GROUND_… */
    uint32_t known;   /* MMIO_CAN_… */
    uint32_t can;
} file_system;

/* What is not known depends on a server, on how the file system was made, or on the file. */
static const file_system file_systems[] = {
    {"ext4", 0xef53, MMIO_GROUND_LOCAL, ALL, COHERE | RESERVE | PUNCH | LOCK},
    /* Without extents there is no reserving; holes are punched by ext4's code. */
    {"ext3", 0xef53, MMIO_GROUND_LOCAL, ALL, COHERE | PUNCH | LOCK},
    {"ext2", 0xef53, MMIO_GROUND_LOCAL, ALL & ~PUNCH, COHERE | LOCK},
    {"xfs", 0x58465342, MMIO_GROUND_LOCAL, ALL & ~REFLINK, COHERE | RESERVE | PUNCH | LOCK},
    {"btrfs", 0x9123683e, MMIO_GROUND_LOCAL, ALL, ALL},
    {"bcachefs", 0xca451a4e, MMIO_GROUND_LOCAL, ALL, ALL},
    {"f2fs", 0xf2f52010, MMIO_GROUND_LOCAL, ALL, COHERE | RESERVE | PUNCH | LOCK},
    /* Its fallocate() only looks whether there is room. */
    {"zfs", 0x2fc12fc1, MMIO_GROUND_LOCAL, ALL & ~REFLINK, COHERE | PUNCH | LOCK},
    {"vfat", 0x4d44, MMIO_GROUND_LOCAL, ALL, COHERE | RESERVE | LOCK},
    {"exfat", 0x2011bab0, MMIO_GROUND_LOCAL, ALL & ~RESERVE, COHERE | LOCK},
    {"ntfs3", 0x7366746e, MMIO_GROUND_LOCAL, ALL & ~REFLINK, COHERE | RESERVE | PUNCH | LOCK},
    {"squashfs", 0x73717368, MMIO_GROUND_LOCAL, ALL, COHERE | LOCK},
    {"erofs", 0xe0f5e1e2, MMIO_GROUND_LOCAL, ALL, COHERE | LOCK},
    {"iso9660", 0x9660, MMIO_GROUND_LOCAL, ALL, COHERE | LOCK},
    {"udf", 0x15013346, MMIO_GROUND_LOCAL, COHERE | LOCK, COHERE | LOCK},

    {"tmpfs", 0x01021994, MMIO_GROUND_MEMORY, ALL, COHERE | RESERVE | PUNCH | LOCK},
    {"devtmpfs", 0x01021994, MMIO_GROUND_MEMORY, ALL, COHERE | RESERVE | PUNCH | LOCK},
    {"ramfs", 0x858458f6, MMIO_GROUND_MEMORY, ALL, COHERE | LOCK},
    /* It refuses positional writes. */
    {"hugetlbfs", 0x958458f6, MMIO_GROUND_MEMORY, ALL, RESERVE | PUNCH | LOCK},

    /* One machine has one cache for maps, reads and writes; what others write comes in later. */
    {"nfs", 0x6969, MMIO_GROUND_NETWORK, COHERE, COHERE},
    {"nfs4", 0x6969, MMIO_GROUND_NETWORK, COHERE, COHERE},
    /* Reads go past the cache while the server has not lent the file. */
    {"cifs", 0xff534d42, MMIO_GROUND_NETWORK, 0, 0},
    {"smb3", 0xfe534d42, MMIO_GROUND_NETWORK, 0, 0},
    {"ceph", 0x00c36400, MMIO_GROUND_NETWORK, 0, 0},
    {"9p", 0x01021997, MMIO_GROUND_NETWORK, 0, 0},
    {"virtiofs", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"afs", 0x5346414f, MMIO_GROUND_NETWORK, 0, 0},
    {"coda", 0x73757245, MMIO_GROUND_NETWORK, 0, 0},
    {"lustre", 0x0bd00bd0, MMIO_GROUND_NETWORK, 0, 0},
    {"gpfs", 0x47504653, MMIO_GROUND_NETWORK, 0, 0},
    {"gfs2", 0x01161970, MMIO_GROUND_NETWORK, 0, 0},
    {"ocfs2", 0x7461636f, MMIO_GROUND_NETWORK, 0, 0},
    {"vboxsf", 0x786f4256, MMIO_GROUND_NETWORK, 0, 0},
    {"prl_fs", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.sshfs", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.glusterfs", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.ceph", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.ceph-fuse", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.mfs", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.juicefs", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.s3fs", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.mount-s3", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.gcsfuse", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.rclone", 0, MMIO_GROUND_NETWORK, 0, 0},
    {"fuse.vmhgfs-fuse", 0, MMIO_GROUND_NETWORK, 0, 0},

    {"fuse", 0x65735546, MMIO_GROUND_FUSE, 0, 0},
    {"fuseblk", 0x65735546, MMIO_GROUND_FUSE, 0, 0},
    /* A file that a first writer copies up leaves the maps of its readers behind. */
    {"overlay", 0x794c7630, MMIO_GROUND_OVERLAY, LOCK, LOCK},
    {"aufs", 0x61756673, MMIO_GROUND_OVERLAY, 0, 0},

    {"proc", 0x9fa0, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"sysfs", 0x62656572, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"cgroup", 0x0027e0eb, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"cgroup2", 0x63677270, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"debugfs", 0x64626720, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"tracefs", 0x74726163, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"securityfs", 0x73636673, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"configfs", 0x62656570, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"fusectl", 0x65735543, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"devpts", 0x1cd1, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"mqueue", 0x19800202, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"bpf", 0xcafe4a11, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"pstore", 0x6165676c, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"efivarfs", 0xde5e81e4, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"binfmt_misc", 0x42494e4d, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"sockfs", 0x534f434b, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"pipefs", 0x50495045, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"anon_inodefs", 0x09041934, MMIO_GROUND_VIRTUAL, ALL, 0},
    {"nsfs", 0x6e736673, MMIO_GROUND_VIRTUAL, ALL, 0},
};

#define FILE_SYSTEM_COUNT (sizeof file_systems / sizeof file_systems[0])

static const file_system *by_name(const char *name)
{
    for (size_t i = 0; i < FILE_SYSTEM_COUNT; i++) {
        if (strcmp(file_systems[i].name, name) == 0) {
            return &file_systems[i];
        }
    }
    /* Programs may put any word behind the dot. */
    return strncmp(name, "fuse.", 5) == 0 ? by_name("fuse") : NULL;
}

static const file_system *by_magic(uint32_t magic)
{
    for (size_t i = 0; i < FILE_SYSTEM_COUNT; i++) {
        if (file_systems[i].magic == magic && magic != 0) {
            return &file_systems[i];
        }
    }
    return NULL;
}

/* Number of the mount that an open file is on, as in mountinfo; 0 before Linux 5.8. */
static uint64_t mount_of(int fd)
{
#if defined(STATX_MNT_ID)
    struct statx facts;
    if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &facts) == 0 &&
        (facts.stx_mask & STATX_MNT_ID) != 0) {
        return facts.stx_mnt_id;
    }
#endif
    (void)fd;
    return 0;
}

/* "36 35 98:0 /root /mnt rw,noatime master:1 - ext4 /dev/sda rw": the word behind the dash. */
static bool read_mount(const char *line, uint64_t mount, char *name, size_t size)
{
    uint64_t number;
    char type[64];
    const char *dash = strstr(line, " - ");
    if (sscanf(line, "%" SCNu64, &number) != 1 || number != mount || dash == NULL ||
        sscanf(dash, " - %63s", type) != 1) {
        return false;
    }
    (void)snprintf(name, size, "%s", type);
    return true;
}

/* The kernel's name for what is mounted there. Memory files are on a mount that is not listed. */
static bool name_of_mount(uint64_t mount, char *name, size_t size)
{
    FILE *file = mount != 0 ? fopen("/proc/self/mountinfo", "re") : NULL;
    if (file == NULL) {
        return false;
    }
    char line[2 * PATH_MAX + 512];
    bool is_found = false;
    bool is_start = true;
    while (!is_found && fgets(line, sizeof line, file) != NULL) {
        is_found = is_start && read_mount(line, mount, name, size);
        is_start = strchr(line, '\n') != NULL;
    }
    (void)fclose(file);
    return is_found;
}

/* The head of what XFS_IOC_FSGEOMETRY_V1 answers, from <xfs/xfs_fs.h>, which few systems have. */
typedef struct xfs_geometry {
    uint32_t sizes[8];
    uint64_t counts[4];
    uint8_t uuid[16];
    uint32_t stripes[2];
    int32_t version;
    uint32_t flags;
    uint32_t more[3];
    uint32_t padding;
} xfs_geometry;

#define XFS_GEOMETRY _IOR('X', 100, xfs_geometry)
#define XFS_HAS_REFLINK ((uint32_t)1 << 20)

static void ask_xfs(int fd, mmio_ground *ground)
{
    xfs_geometry geometry = {.flags = 0};
    if (strcmp(ground->name, "xfs") == 0 && ioctl(fd, XFS_GEOMETRY, &geometry) == 0) {
        ground->known |= REFLINK;
        ground->can |= (geometry.flags & XFS_HAS_REFLINK) != 0 ? REFLINK : 0;
    }
}

/* Asks for a lock without taking it: the answer is the server's. For a directory it is not. */
static void ask_lock(int fd, mmio_ground *ground)
{
    struct stat facts;
    struct flock lock = {.l_type = F_RDLCK, .l_whence = SEEK_SET, .l_len = 1};
    if ((ground->known & LOCK) != 0 || fstat(fd, &facts) != 0 || !S_ISREG(facts.st_mode)) {
        return;
    }
    if (fcntl(fd, F_OFD_GETLK, &lock) == 0) {
        ground->known |= LOCK;
        ground->can |= LOCK;
    } else if (errno == ENOLCK || errno == EOPNOTSUPP || errno == ENOSYS) {
        ground->known |= LOCK;
    }
}

static void identify(int fd, uint32_t magic, mmio_ground *ground)
{
    char name[64] = "";
    const bool has_name = name_of_mount(mount_of(fd), name, sizeof name);
    const file_system *found = has_name ? by_name(name) : NULL;
    if (found == NULL) {
        found = by_magic(magic);
    }
    if (found != NULL) {
        ground->kind = found->kind;
        ground->known = found->known;
        ground->can = found->can;
    }
    if (!has_name && found != NULL) {
        (void)snprintf(name, sizeof name, "%s", found->name);
    }
    (void)snprintf(ground->name, sizeof ground->name, "%.15s", name);
}

int32_t mmio__os_ground_of_handle(intptr_t handle, mmio_ground *ground)
{
    const int fd = (int)handle;
    struct statfs facts;
    int result;
    do {
        result = fstatfs(fd, &facts);
    } while (result != 0 && errno == EINTR);
    if (result != 0) {
        return errno;
    }
    identify(fd, (uint32_t)facts.f_type, ground);
    ask_xfs(fd, ground);
    ask_lock(fd, ground);
    const uint64_t unit = (uint64_t)(facts.f_frsize != 0 ? facts.f_frsize : facts.f_bsize);
    ground->block_size = unit;
    ground->free_size = facts.f_blocks != 0 ? facts.f_bavail * unit : UINT64_MAX;
    ground->is_read_only = (facts.f_flags & ST_RDONLY) != 0;
    return 0;
}

/* O_PATH: a file that is really opened and closed again loses the process's POSIX locks on it. It
 * answers all but what only an open file tells; directories have no locks to lose. */
static int32_t open_place(const char *path, int *out_fd)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NONBLOCK | O_CLOEXEC;
    return mmio__posix_open(path, flags, 0, out_fd) == 0
               ? 0
               : mmio__posix_open(path, O_PATH | O_CLOEXEC, 0, out_fd);
}

/* Cuts the last word off a path; what remains is "." or "/" if nothing does. */
static void cut_to_parent(char *path)
{
    size_t length = strlen(path);
    while (length > 0 && path[length - 1] == '/') {
        length--;
    }
    while (length > 0 && path[length - 1] != '/') {
        length--;
    }
    while (length > 1 && path[length - 1] == '/') {
        length--;
    }
    if (length == 0) {
        path[length++] = '.';
    }
    path[length] = '\0';
}

static int32_t open_parent(const char *path, int *out_fd)
{
    char parent[PATH_MAX];
    if (path[0] == '\0' || strlen(path) >= sizeof parent) {
        return ENOENT;
    }
    (void)snprintf(parent, sizeof parent, "%s", path);
    cut_to_parent(parent);
    return open_place(parent, out_fd);
}

int32_t mmio__os_ground_of_path(const char *path, mmio_ground *ground)
{
    int fd = -1;
    int32_t code = open_place(path, &fd);
    if (code == ENOENT) {
        code = open_parent(path, &fd);
    }
    if (code != 0) {
        return code;
    }
    code = mmio__os_ground_of_handle(fd, ground);
    (void)close(fd);
    return code;
}
