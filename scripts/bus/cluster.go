package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"
)

// A cluster is three servers.
type cluster struct {
	l       *lab
	clients []string // addresses
	routes  []string
	servers []*process
}

func newCluster(l *lab) (*cluster, error) {
	c := &cluster{l: l, servers: make([]*process, 3)}
	for range c.servers {
		for _, list := range []*[]string{&c.clients, &c.routes} {
			p, err := port()
			if err != nil {
				return nil, err
			}
			*list = append(*list, "127.0.0.1:"+p)
		}
	}
	for i := range c.servers {
		if err := c.start(i); err != nil {
			return nil, err
		}
	}
	return c, nil
}

const serverConfig = `server_name: s%d
listen: %s
jetstream { store_dir: %q }
cluster { name: c, listen: %s, no_advertise: true, routes: [%s] }
`

func (c *cluster) start(i int) error {
	var routes []string
	for _, r := range c.routes {
		routes = append(routes, "nats://"+r)
	}
	name := fmt.Sprintf("server-%d", i)
	config := fmt.Sprintf(serverConfig, i, c.clients[i], c.l.path(name), c.routes[i], strings.Join(routes, ", "))
	if err := os.WriteFile(c.l.path(name+".conf"), []byte(config), 0o666); err != nil {
		return err
	}
	p, err := c.l.start(name, nil, "nats-server", "-c", c.l.path(name+".conf"))
	if err != nil {
		return err
	}
	c.servers[i] = p
	return c.l.listens(c.clients[i])
}

// A cable is what the publisher reaches the servers through.
type cable struct {
	listener net.Listener
	servers  []string

	mu    sync.Mutex
	cut   bool
	conns map[net.Conn]bool
}

func newCable(servers []string) (*cable, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	c := &cable{listener: l, servers: servers, conns: map[net.Conn]bool{}}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go c.carry(conn)
		}
	}()
	return c, nil
}

func (c *cable) carry(near net.Conn) {
	defer near.Close()
	for _, s := range c.servers {
		far, err := net.DialTimeout("tcp", s, time.Second)
		if err != nil {
			continue
		}
		c.mu.Lock()
		if c.cut {
			c.mu.Unlock()
			far.Close()
			return
		}
		c.conns[near], c.conns[far] = true, true
		c.mu.Unlock()
		go func() {
			io.Copy(far, near)
			far.Close()
		}()
		io.Copy(near, far)
		c.mu.Lock()
		delete(c.conns, near)
		delete(c.conns, far)
		c.mu.Unlock()
		return
	}
}

func (c *cable) set(cut bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.cut = cut
	for conn := range c.conns {
		if cut {
			conn.Close()
		}
	}
}
