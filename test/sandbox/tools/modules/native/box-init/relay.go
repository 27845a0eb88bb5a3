package main

import (
	"io"
	"log"
	"net"
	"runtime"
)

// Relay lets the box reach one service of the host and nothing else: it listens inside, and connects from the host's
// network namespace. The API server asks the cloud's token webhook through it.
type Relay struct {
	Listen string `json:"listen"`
	Dial   string `json:"dial"`
}

func (r Relay) serve() {
	listener, err := net.Listen("tcp", r.Listen)
	check(err, "listening on "+r.Listen)
	for {
		inside, err := listener.Accept()
		if err != nil {
			log.Printf("relay %s: %v", r.Listen, err)
			continue
		}
		go r.join(inside)
	}
}

func (r Relay) join(inside net.Conn) {
	defer inside.Close()
	outside, err := dialFromHost(r.Dial)
	if err != nil {
		log.Printf("relay to %s: %v", r.Dial, err)
		return
	}
	defer outside.Close()
	done := make(chan struct{}, 2)
	for _, pair := range [][2]net.Conn{{inside, outside}, {outside, inside}} {
		go func() {
			_, _ = io.Copy(pair[0], pair[1])
			done <- struct{}{}
		}()
	}
	<-done
}

func dialFromHost(address string) (net.Conn, error) {
	type answer struct {
		conn net.Conn
		err  error
	}
	result := make(chan answer, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine and takes the namespace with it
		if err := setns(hostNetnsFd); err != nil {
			result <- answer{nil, err}
			return
		}
		conn, err := net.Dial("tcp", address)
		result <- answer{conn, err}
	}()
	found := <-result
	return found.conn, found.err
}
