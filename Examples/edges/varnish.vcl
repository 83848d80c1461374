# Varnish 7 as an edge of Cache Sync: purges of tags, URLs and prefixes, hard and soft.
#
# Take it as it is, or copy the parts between the lines of dashes into your own VCL, in this order
# before what else stands in the same subroutine. It needs the xkey module (Debian: varnish-modules).
#
#   call                                      purges
#   PURGEKEYS /  xkey-purge: a b              every object tagged a or b
#   PURGEKEYS /  xkey-softpurge: a b          the same, softly: stale once, then fresh
#   PURGE /path?query  Host: h                one URL of one host, all its variants
#   PURGE …      cachesync-mode: soft         the same, softly
#   BAN /prefix  x-host: ^h$  x-url: ^/prefix every object whose host and URL match both expressions
#
# The origin tags its responses with the header `xkey`, tags separated by spaces.
# Every answer says in its status line how much it purged; zero is a success.
vcl 4.1;

import purge;
import std;
import xkey;

backend default {
    .host = "127.0.0.1";
    .port = "8080";
}

# ---- who may purge ---------------------------------------------------------------------------
acl purgers {
    "127.0.0.0"/8;
    "::1";
}

sub cachesync_recv {
    if (req.method == "PURGE" || req.method == "PURGEKEYS" || req.method == "BAN") {
        if (client.ip !~ purgers) {
            return (synth(403, "Not allowed to purge"));
        }
    }
    if (req.method == "PURGEKEYS") {
        if (req.http.xkey-softpurge) {
            return (synth(200, "Purged 0 objects, expired " + xkey.softpurge(req.http.xkey-softpurge) + " objects"));
        }
        if (req.http.xkey-purge) {
            return (synth(200, "Purged " + xkey.purge(req.http.xkey-purge) + " objects, expired 0 objects"));
        }
        return (synth(400, "Neither xkey-purge nor xkey-softpurge"));
    }
    if (req.method == "PURGE") {
        # As Varnish does it for what is fetched, so that both find the same object.
        set req.http.host = std.tolower(req.http.host);
        # Not to wait for a fetch of the same URL: the lookup is a miss, and vcl_miss purges.
        set req.hash_always_miss = true;
        return (hash);
    }
    if (req.method == "BAN") {
        if (!req.http.x-host || !req.http.x-url) {
            return (synth(400, "BAN needs x-host and x-url"));
        }
        if (std.ban("obj.http.x-cachesync-host ~ " + req.http.x-host
            + " && obj.http.x-cachesync-url ~ " + req.http.x-url)) {
            return (synth(200, "Banned"));
        }
        return (synth(400, "Ban refused: " + std.ban_error()));
    }
}

sub cachesync_miss {
    if (req.method == "PURGE") {
        if (req.http.cachesync-mode == "soft") {
            return (synth(200, "Purged 0 objects, expired " + purge.soft(0s) + " objects"));
        }
        return (synth(200, "Purged " + purge.hard() + " objects, expired 0 objects"));
    }
}

# What bans look at must be part of the object, so that the ban lurker can work through them by itself.
sub cachesync_backend_response {
    set beresp.http.x-cachesync-host = bereq.http.host;
    set beresp.http.x-cachesync-url = bereq.url;
}

sub cachesync_deliver {
    unset resp.http.x-cachesync-host;
    unset resp.http.x-cachesync-url;
    unset resp.http.xkey;
}

sub cachesync_synth {
    if (req.method == "PURGE" || req.method == "PURGEKEYS" || req.method == "BAN") {
        set resp.http.content-type = "text/plain; charset=utf-8";
        set resp.body = resp.reason + {"
"};
        return (deliver);
    }
}
# ---- end -------------------------------------------------------------------------------------

sub vcl_recv {
    call cachesync_recv;
}

sub vcl_hash {
    # Varnish's own rule: the URL and the host. Where http and https have pages of their own, add
    #     hash_data(req.http.X-Forwarded-Proto);
    # and let what ends TLS set that header. A purge says its URL's scheme in it.
}

sub vcl_miss {
    call cachesync_miss;
}

sub vcl_backend_response {
    call cachesync_backend_response;
    # How long a stale object may be served while a fresh one is fetched: what a soft purge leaves.
    set beresp.grace = 1h;
}

sub vcl_deliver {
    call cachesync_deliver;
    if (obj.hits > 0) {
        set resp.http.x-cache = "HIT";
    } else {
        set resp.http.x-cache = "MISS";
    }
}

sub vcl_synth {
    call cachesync_synth;
}
