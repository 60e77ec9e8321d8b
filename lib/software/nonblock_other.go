//go:build !unix

package software

const nonblock = 0
