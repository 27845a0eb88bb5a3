package main

import (
	"fmt"
	"os"
	"syscall"
	"unsafe"
)

// From include/uapi/linux/landlock.h and the system call tables, which are the same on amd64 and arm64.
const (
	sysCreateRuleset = 444
	sysAddRule       = 445
	sysRestrictSelf  = 446
	versionFlag      = 1
	rulePathBeneath  = 1
	prDropCapability = 24
	prSetNoNewPrivs  = 38
	openPath         = 0x200000

	execute   = 1 << 0
	writeFile = 1 << 1
	readFile  = 1 << 2
	readDir   = 1 << 3
	refer     = 1 << 13
	truncate  = 1 << 14
	ioctlDev  = 1 << 15

	scopeAbstractSocket = 1 << 0
	scopeSignal         = 1 << 1

	ofFiles = execute | writeFile | readFile | truncate | ioctlDev
	reading = execute | readFile | readDir
)

type rulesetAttributes struct {
	handledFiles, handledNet, scoped uint64
}

// Packed in C: the kernel reads twelve bytes.
type pathBeneath struct {
	allowed uint64
	parent  int32
}

func landlockVersion() (int, error) {
	version, _, errno := syscall.Syscall(sysCreateRuleset, 0, 0, versionFlag)
	if errno != 0 {
		return 0, errno
	}
	return int(version), nil
}

// enter binds this thread and what it starts for good.
func enter(version int, read, write []string) error {
	all := rights(version)
	attributes := rulesetAttributes{handledFiles: all}
	size := unsafe.Sizeof(attributes.handledFiles)
	if version >= 6 {
		attributes.scoped = scopeAbstractSocket | scopeSignal
		size = unsafe.Sizeof(attributes)
	}
	ruleset, _, errno := syscall.Syscall(sysCreateRuleset, uintptr(unsafe.Pointer(&attributes)), size, 0)
	if errno != 0 {
		return fmt.Errorf("landlock_create_ruleset: %w", errno)
	}
	defer syscall.Close(int(ruleset))
	for _, path := range read {
		if err := allow(ruleset, path, all&reading); err != nil {
			return err
		}
	}
	for _, path := range write {
		if err := allow(ruleset, path, all); err != nil {
			return err
		}
	}
	// With CAP_PERFMON even a jailed process would read what others hold; who may drop none has none.
	for capability := uintptr(0); ; capability++ {
		if _, _, errno := syscall.Syscall(syscall.SYS_PRCTL, prDropCapability, capability, 0); errno != 0 {
			break
		}
	}
	if _, _, errno := syscall.Syscall6(syscall.SYS_PRCTL, prSetNoNewPrivs, 1, 0, 0, 0, 0); errno != 0 {
		return fmt.Errorf("prctl: %w", errno)
	}
	if _, _, errno := syscall.Syscall(sysRestrictSelf, ruleset, 0, 0); errno != 0 {
		return fmt.Errorf("landlock_restrict_self: %w", errno)
	}
	return nil
}

// rights are all that the kernel's version can withhold.
func rights(version int) uint64 {
	all := uint64(refer - 1) // the first version's
	if version >= 2 {
		all |= refer
	}
	if version >= 3 {
		all |= truncate
	}
	if version >= 5 {
		all |= ioctlDev
	}
	return all
}

func allow(ruleset uintptr, path string, allowed uint64) error {
	info, err := os.Stat(path)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		allowed &= ofFiles
	}
	fd, err := syscall.Open(path, openPath|syscall.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer syscall.Close(fd)
	rule := pathBeneath{allowed: allowed, parent: int32(fd)}
	if _, _, errno := syscall.Syscall6(sysAddRule, ruleset, rulePathBeneath, uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
		return fmt.Errorf("landlock_add_rule %s: %w", path, errno)
	}
	return nil
}
