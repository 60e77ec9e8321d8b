package proto

// An Exposure says what kind of credentials a message shows to everyone who
// can read it.
type Exposure uint8

// The kinds of exposed credentials.
const (
	NotExposed      Exposure = iota
	ExposedPassword          // a password as it is
	ExposedToken             // a token that stands for a user
	ExposedDerived           // what a password can be searched for with, such as its hash
)

// An Exposer is a message that may carry credentials.
type Exposer interface {
	// Exposure says which credentials the message shows. It is called after
	// Parse has returned true.
	Exposure() Exposure
}
