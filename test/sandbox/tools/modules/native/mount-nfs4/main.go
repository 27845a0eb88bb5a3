// The sandbox's mount.nfs4: this machine's kernel has no NFS client, so a file system of the sandbox's EFS, a directory
// of the node at /srv/efs/<id>, is attached where an NFS mount would be. Called as mount.nfs4 is:
// mount.nfs4 <id>.efs.<region>.amazonaws.com:<path> <target> [-o options].
//
// The source lives in the node's mount namespace and the target in the pod's. A plain bind mount cannot cross; a detached
// copy made there (open_tree) and attached here (move_mount) can. Of the options only ro means anything here.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

func main() {
	if len(os.Args) < 3 {
		fail("usage: mount.nfs4 SERVER:PATH TARGET [-o OPTIONS]")
	}
	source, target := os.Args[1], os.Args[2]
	server, path, found := strings.Cut(source, ":")
	id, _, _ := strings.Cut(server, ".")
	if !found || !strings.HasPrefix(id, "fs-") || !strings.Contains(server, ".efs.") {
		fail("mount.nfs4: %s: the sandbox serves its own EFS file systems only", source)
	}
	readOnly := slices.Contains(options(os.Args[3:]), "ro")
	if err := attach(filepath.Join("/srv/efs", id, filepath.Clean("/"+path)), target, readOnly); err != nil {
		fail("mount.nfs4: mounting %s failed, reason given by server: %v", source, err)
	}
}

func options(args []string) []string {
	var all []string
	for i, arg := range args {
		if arg == "-o" && i+1 < len(args) {
			all = append(all, strings.Split(args[i+1], ",")...)
		}
	}
	return all
}

func attach(source, target string, readOnly bool) error {
	// setns moves one thread; it must not share its file-system state with others.
	runtime.LockOSThread()
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	pod, err := unix.Open("/proc/thread-self/ns/mnt", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	node, err := unix.Open("/proc/1/ns/mnt", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Setns(node, unix.CLONE_NEWNS); err != nil {
		return err
	}
	tree, err := unix.OpenTree(unix.AT_FDCWD, source, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC)
	if err != nil {
		return err
	}
	if readOnly {
		attributes := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}
		if err := unix.MountSetattr(tree, "", unix.AT_EMPTY_PATH, &attributes); err != nil {
			return err
		}
	}
	if err := unix.Setns(pod, unix.CLONE_NEWNS); err != nil {
		return err
	}
	return unix.MoveMount(tree, "", unix.AT_FDCWD, target, unix.MOVE_MOUNT_F_EMPTY_PATH)
}

func fail(format string, values ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", values...)
	os.Exit(32)
}
