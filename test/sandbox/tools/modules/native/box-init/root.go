package main

import (
	"os"
	"path/filepath"
	"syscall"
)

// Mount is one entry of the box's root file system, made in the order of the spec.
type Mount struct {
	Kind     string `json:"kind"` // bind, tmpfs, proc, sysfs, symlink, directory
	Source   string `json:"source"`
	Target   string `json:"target"`
	ReadOnly bool   `json:"readOnly"`
	Options  string `json:"options"`
}

// enterRoot assembles a root from nothing, so that the box sees none of the host's mounts and of its files only what
// the spec names, then makes it shared: Bidirectional mount propagation between pods works inside, and nothing leaks out.
func enterRoot(root string, mounts []Mount) {
	check(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""), "making the host's mounts private")
	check(os.MkdirAll(root, 0o755), "making the mount point of the root")
	check(syscall.Mount("tmpfs", root, "tmpfs", 0, "mode=755,size=64m"), "mounting the root")
	for _, mount := range mounts {
		check(mount.make(root), "mounting "+mount.Target)
	}
	old := filepath.Join(root, ".old")
	check(os.Mkdir(old, 0o700), "making the place of the old root")
	check(syscall.PivotRoot(root, old), "entering the root")
	check(os.Chdir("/"), "changing to the root")
	check(syscall.Unmount("/.old", syscall.MNT_DETACH), "leaving the old root")
	check(os.Remove("/.old"), "removing the place of the old root")
	check(syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_SHARED, ""), "sharing the mounts")
}

func (m Mount) make(root string) error {
	target := filepath.Join(root, m.Target)
	if m.Kind == "symlink" {
		return os.Symlink(m.Source, target)
	}
	if err := m.makeTarget(target); err != nil {
		return err
	}
	switch m.Kind {
	case "directory":
		return os.Chmod(target, 0o755)
	case "bind":
		return m.bind(target)
	default:
		return syscall.Mount(m.Kind, target, m.Kind, 0, m.Options)
	}
}

func (m Mount) makeTarget(target string) error {
	if m.Kind == "bind" {
		info, err := os.Stat(m.Source)
		if err != nil {
			return err
		}
		if !info.IsDir() {
			if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
				return err
			}
			file, err := os.OpenFile(target, os.O_CREATE, 0o600)
			if err != nil {
				return err
			}
			return file.Close()
		}
	}
	return os.MkdirAll(target, 0o755)
}

func (m Mount) bind(target string) error {
	if err := syscall.Mount(m.Source, target, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
		return err
	}
	if !m.ReadOnly {
		return nil
	}
	return syscall.Mount("", target, "", syscall.MS_BIND|syscall.MS_REMOUNT|syscall.MS_RDONLY, "")
}
