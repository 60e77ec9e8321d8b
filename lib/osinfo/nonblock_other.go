//go:build !unix

package osinfo

const nonblock = 0
