package stun

// usage is a set of the purposes that a message can serve, as its method and
// its attributes show.
type usage uint8

const (
	usageSTUN usage = 1 << iota
	usageTURN
	usageICE
)

// String names the purpose. TURN and ICE are built on STUN, so that either of
// them goes together with it, but not with each other.
func (u usage) String() string {
	switch u {
	case usageSTUN:
		return "stun"
	case usageTURN, usageSTUN | usageTURN:
		return "turn"
	case usageICE, usageSTUN | usageICE:
		return "ice"
	}
	return "unknown"
}

func methodUsage(method uint16) usage {
	switch method {
	case methodBinding, methodSharedSecret:
		return usageSTUN
	case methodAllocate, methodRefresh, methodSend, methodData, methodCreatePermission, methodChannelBind:
		return usageTURN
	}
	return 0
}

func attributeUsage(typ uint16) usage {
	switch typ {
	case mappedAddress, responseAddress, changeRequest, sourceAddress, changedAddress, username, password,
		messageIntegrity, errorCode, unknownAttributes, reflectedFrom, bandwidth, realm, nonce,
		messageIntegritySHA256, passwordAlgorithm, userhash, xorMappedAddress, passwordAlgorithms,
		alternateDomain, software, alternateServer, fingerprint:
		return usageSTUN
	case channelNumber, lifetime, xorPeerAddress, data, xorRelayedAddress, requestedAddressFamily, evenPort,
		requestedTransport, dontFragment, timerVal, reservationToken, additionalAddressFamily,
		addressErrorCode, icmp:
		return usageTURN
	case priority, useCandidate, iceControlled, iceControlling:
		return usageICE
	}
	return 0
}
