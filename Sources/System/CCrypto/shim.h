#pragma once
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <string.h>

// What a public key is for, as far as tokens are signed with it.
enum cs_key_kind { CS_KEY_OTHER = 0, CS_KEY_RSA = 1, CS_KEY_P256 = 2 };

static inline enum cs_key_kind cs_key_kind_of(const EVP_PKEY *key) {
    if (EVP_PKEY_is_a(key, "RSA")) return EVP_PKEY_get_bits(key) >= 2048 ? CS_KEY_RSA : CS_KEY_OTHER;
    char group[32] = "";
    size_t count = 0;
    if (EVP_PKEY_is_a(key, "EC") && EVP_PKEY_get_group_name(key, group, sizeof group, &count) == 1
        && strcmp(group, SN_X9_62_prime256v1) == 0)
        return CS_KEY_P256;
    return CS_KEY_OTHER;
}

// NULL for what is no public key in PEM.
static inline EVP_PKEY *cs_key_of_pem(const unsigned char *pem, int count) {
    BIO *source = BIO_new_mem_buf(pem, count);
    EVP_PKEY *key = source ? PEM_read_bio_PUBKEY(source, NULL, NULL, NULL) : NULL;
    BIO_free(source);
    ERR_clear_error();
    return key;
}

static inline EVP_PKEY *cs_key_of(const char *type, OSSL_PARAM_BLD *build) {
    OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *key = NULL;
    if (!parameters || !context || EVP_PKEY_fromdata_init(context) != 1
        || EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
        key = NULL;
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(parameters);
    ERR_clear_error();
    return key;
}

static inline EVP_PKEY *cs_key_of_rsa(const unsigned char *n, int n_count, const unsigned char *e, int e_count) {
    BIGNUM *modulus = BN_bin2bn(n, n_count, NULL), *exponent = BN_bin2bn(e, e_count, NULL);
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (modulus && exponent && build && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, modulus)
        && OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, exponent))
        key = cs_key_of("RSA", build);
    OSSL_PARAM_BLD_free(build);
    BN_free(modulus);
    BN_free(exponent);
    return key;
}

// The point as 0x04, x and y: 65 bytes. The library refuses one that is not on the curve.
static inline EVP_PKEY *cs_key_of_p256(const unsigned char *point, size_t count) {
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (build && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1, 0)
        && OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point, count))
        key = cs_key_of("EC", build);
    OSSL_PARAM_BLD_free(build);
    return key;
}

// PKCS#1 v1.5 of an RSA key, or DER of an ECDSA signature; over SHA-256.
static inline int cs_key_verifies(
    EVP_PKEY *key, const unsigned char *signature, size_t signature_count, const unsigned char *data, size_t count) {
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    int is_good = context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1
        && EVP_DigestVerify(context, signature, signature_count, data, count) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return is_good;
}

// A signature as JWS has it: r and s of 32 bytes each (RFC 7518, section 3.4).
static inline int cs_key_verifies_p256(
    EVP_PKEY *key, const unsigned char signature[64], const unsigned char *data, size_t count) {
    BIGNUM *r = BN_bin2bn(signature, 32, NULL), *s = BN_bin2bn(signature + 32, 32, NULL);
    ECDSA_SIG *pair = ECDSA_SIG_new();
    if (!r || !s || !pair || ECDSA_SIG_set0(pair, r, s) != 1) {
        BN_free(r);
        BN_free(s);
        ECDSA_SIG_free(pair);
        return 0;
    }
    unsigned char *der = NULL;
    int der_count = i2d_ECDSA_SIG(pair, &der);
    int is_good = der_count > 0 && cs_key_verifies(key, der, (size_t)der_count, data, count);
    OPENSSL_free(der);
    ECDSA_SIG_free(pair);
    return is_good;
}
