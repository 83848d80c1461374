/// Public keys, and tokens that `openssl` has signed with their private halves.
///
/// The tokens are valid until 2100: issuer https://id.example, audience cachesync, subject catalog, scopes publish and
/// read, namespaces shop-*, hosts *.shop.example.
public enum TokenSamples {
    public static let rsaKey = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAofRhA8kBOihl1UJnYaeA
        8U83Y5Ipvjc5CwgWFe+Uq7xBVuWB/Ef/Co3+c3iXSNw6DL/VDV8GQTX32VlQWkgl
        Txjetkw3S/H98ZuULkiKUVdVBKeJdYEhO391CaInqor7n+8MjBxlhyiHJeWSteAJ
        hZDFv6+vnRZC3Y1seLquNnFkutbT75vbn4njSmS2Cyw/6M7Yb/n40oX2+jBvsICT
        uKiM6IrBvNM1Z1OAlRFohsGGeg3qd4f59jo1IwjzWWjXVAxT1KgWS+I0tpB70kY0
        CSshJ4wpTPtRvNEl4TEaUaJjuH3RHI+xMNr9YMXnIVyPrEIf9qCXPre/3B9Dj+7p
        3QIDAQAB
        -----END PUBLIC KEY-----
        """
    public static let p256Key = """
        -----BEGIN PUBLIC KEY-----
        MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEN2AfqHlp0mbLyoLCPivCDkVUfsEX
        XZmJMJd9SJwG3bO/XY01kM31jyoO4FvST/YFZQeOOrADsrlcVgjodEYs5w==
        -----END PUBLIC KEY-----
        """
    /// 1,024 bits: too short to be believed.
    public static let shortKey = """
        -----BEGIN PUBLIC KEY-----
        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQC/Zz5m1RqV0lw1SwbwfG2ASZVP
        3T+/bBiq6jkQ/2DUhGE+8wr8oaEBM3dt29hdt4FoyF/ngz0LTX1UqIGa0dVq3Gqk
        IYiMV19RIYqw+55K87TbjZN+tiyJS5rPWnDWGHIczkoCzSzuWjeDfgqFr4BYHGlL
        AkhLLL8Me+tjT8YCAwIDAQAB
        -----END PUBLIC KEY-----
        """

    public static let rs256 =
        "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJjYWNoZXN5bmMiLCJ"
        + "zdWIiOiJjYXRhbG9nIiwiZXhwIjo0MTAyNDQ0ODAwLCJzY29wZSI6InB1Ymxpc2ggcmVhZCIsImNhY2hlc3luYyI6eyJuYW1lc3B"
        + "hY2VzIjpbInNob3AtKiJdLCJob3N0cyI6WyIqLnNob3AuZXhhbXBsZSJdfX0.BuF7d0caZjJ3H1oXR1TTL7LG4pXWVRYXzrgU87G"
        + "wnUxGGkTX8MlP47Gqstm54fy2lR194W1qd-EOj3wxwrbwf6xqSuuLceBvM_ruccOKLeIneoYSTdKUjLAYGowvTVFLh7-"
        + "gz43pLrITQPK4GgLuoTVZ9_Qlyl_omBRGhtUyRl9eGQpvuoDGGDLk9mBamTgEajJDZBJeuQ6xM9x0PfF4gGPzujRRugDc2yYhBfU"
        + "FMhB5k-qsVfMl_HyTIQ55a_O5SSikTcTT6f5PWLdiiex32qvFkNsxBBmOHxZLJBrbQvkZp_cV0k-Ie0KIvdbNzfiz73-"
        + "V6qONUv81j07HUrRpjA"
    public static let es256 =
        "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUiLCJhdWQiOiJjYWNoZXN5bmMiLCJ"
        + "zdWIiOiJjYXRhbG9nIiwiZXhwIjo0MTAyNDQ0ODAwLCJzY29wZSI6InB1Ymxpc2ggcmVhZCIsImNhY2hlc3luYyI6eyJuYW1lc3B"
        + "hY2VzIjpbInNob3AtKiJdLCJob3N0cyI6WyIqLnNob3AuZXhhbXBsZSJdfX0.eMh6nCJ-"
        + "YSJkq4ejoWy8ycTW1pvG24dVz7G4p-hDUvYBuSJA87VG3V8ua0alW5Nn3UbvsAoqwkmCOE3ztUNZgA"

    /// The same two keys as a set.
    public static let keySet = """
        {"keys": [
          {"kty": "RSA", "kid": "r", "use": "sig", "alg": "RS256", "e": "AQAB",
           "n": "\(modulus)"},
          {"kty": "EC", "kid": "e", "crv": "P-256",
           "x": "N2AfqHlp0mbLyoLCPivCDkVUfsEXXZmJMJd9SJwG3bM", "y": "v12NNZDN9Y8qDuBb0k_2BWUHjjqwA7K5XFYI6HRGLOc"},
          {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
        ]}
        """
    private static let modulus =
        "ofRhA8kBOihl1UJnYaeA8U83Y5Ipvjc5CwgWFe-Uq7xBVuWB_Ef_Co3-"
        + "c3iXSNw6DL_VDV8GQTX32VlQWkglTxjetkw3S_H98ZuULkiKUVdVBKeJdYEhO391CaInqor7n-8MjBxlhyiHJeWSteAJhZDFv6-"
        + "vnRZC3Y1seLquNnFkutbT75vbn4njSmS2Cyw_6M7Yb_n40oX2-"
        + "jBvsICTuKiM6IrBvNM1Z1OAlRFohsGGeg3qd4f59jo1IwjzWWjXVAxT1KgWS-"
        + "I0tpB70kY0CSshJ4wpTPtRvNEl4TEaUaJjuH3RHI-xMNr9YMXnIVyPrEIf9qCXPre_3B9Dj-7p3Q"
}
