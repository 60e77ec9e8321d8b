# Sends requests with LibWhisker, as the scanner nikto does with it. The order of
# headers is that of a Perl hash, which differs from one run to the next.
# Usage: perl whisker.pl HOST
use strict;
use LW2;
my $host = shift;
for my $variant ( {}, { Host => undef, version => '1.0' }, { 'Accept-Encoding' => 'deflate, gzip' }, { Accept => '*/*' }, { Referer => "http://$host/" }, { method => 'HEAD' }, { method => 'OPTIONS' } ) {
	my ( $q, $r ) = ( LW2::http_new_request( host => $host, uri => '/empty', method => $variant->{method} || 'GET' ), LW2::http_new_response() );
	$q->{'User-Agent'} = 'Mozilla/5.00 (Nikto/2.1.6)';
	$q->{Connection} = 'Keep-Alive';
	$q->{whisker}{version} = $variant->{version} || '1.1';
	for ( keys %$variant ) { $q->{$_} = $variant->{$_} if /^[A-Z]/ && defined $variant->{$_} }
	LW2::http_fixup_request($q);
	delete $q->{Host} if exists $variant->{Host};
	LW2::http_do_request( $q, $r );
}
