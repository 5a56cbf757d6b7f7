#pragma once
// The SHA256_ functions are deprecated since OpenSSL 3.0, and kept (SHA256.swift says why they are called).
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/evp.h>
#include <openssl/sha.h>
