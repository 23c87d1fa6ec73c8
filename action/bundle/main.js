// Made by scripts/bundle-action.mjs from action/src and packages/client.
var __defProp = Object.defineProperty;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __esm = (fn, res, err) => function __init() {
  if (err) throw err[0];
  try {
    return fn && (res = (0, fn[__getOwnPropNames(fn)[0]])(fn = 0)), res;
  } catch (e) {
    throw err = [e], e;
  }
};
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/buffer_utils.js
function concat(...buffers) {
  const size = buffers.reduce((acc, { length }) => acc + length, 0), buf = new Uint8Array(size);
  let i = 0;
  for (const buffer of buffers)
    buf.set(buffer, i), i += buffer.length;
  return buf;
}
function writeUInt32BE(buf, value, offset) {
  if (value < 0 || value >= UINT32_RANGE)
    throw new RangeError(`value must be >= 0 and <= ${UINT32_RANGE - 1}. Received ${value}`);
  buf.set([value >>> 24, value >>> 16, value >>> 8, value & 255], offset);
}
function uint64be(value) {
  const high = Math.floor(value / UINT32_RANGE), low = value % UINT32_RANGE, buf = new Uint8Array(8);
  return writeUInt32BE(buf, high, 0), writeUInt32BE(buf, low, 4), buf;
}
function uint32be(value) {
  const buf = new Uint8Array(4);
  return writeUInt32BE(buf, value), buf;
}
function encode(string) {
  if (typeof string == "string" && string.length >= 128) {
    if (NON_ASCII.test(string))
      throw new TypeError("non-ASCII string encountered in encode()");
    return encoder.encode(string);
  }
  const bytes = new Uint8Array(string.length);
  for (let i = 0; i < string.length; i++) {
    const code = string.charCodeAt(i);
    if (code > 127)
      throw new TypeError("non-ASCII string encountered in encode()");
    bytes[i] = code;
  }
  return bytes;
}
function encodeBase64(input, url2 = false) {
  if (Uint8Array.prototype.toBase64)
    return input.toBase64({ alphabet: url2 ? "base64url" : "base64", omitPadding: url2 });
  const CHUNK_SIZE = 32768, arr = [];
  for (let i = 0; i < input.length; i += CHUNK_SIZE)
    arr.push(String.fromCharCode.apply(null, input.subarray(i, i + CHUNK_SIZE)));
  const encoded = btoa(arr.join(""));
  return url2 ? encoded.replace(/=/g, "").replace(/\+/g, "-").replace(/\//g, "_") : encoded;
}
function decodeBase64(encoded, url2 = false) {
  if (Uint8Array.fromBase64)
    return Uint8Array.fromBase64(encoded, { alphabet: url2 ? "base64url" : "base64" });
  if (url2) {
    if (encoded.includes("+") || encoded.includes("/"))
      throw new TypeError("Invalid base64url");
    encoded = encoded.replace(/-/g, "+").replace(/_/g, "/");
  }
  const binary = atob(encoded), bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++)
    bytes[i] = binary.charCodeAt(i);
  return bytes;
}
async function digest(algorithm2, data) {
  const subtleDigest = `SHA-${algorithm2.slice(-3)}`;
  return new Uint8Array(await crypto.subtle.digest(subtleDigest, data));
}
var encoder, decoder, strictDecoder, UINT32_RANGE, NON_ASCII;
var init_buffer_utils = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/buffer_utils.js"() {
    encoder = new TextEncoder();
    decoder = new TextDecoder();
    strictDecoder = new TextDecoder("utf-8", { fatal: true });
    UINT32_RANGE = 2 ** 32;
    NON_ASCII = /[^\x00-\x7f]/;
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/util/errors.js
var errors_exports = {};
__export(errors_exports, {
  JOSEAlgNotAllowed: () => JOSEAlgNotAllowed,
  JOSEError: () => JOSEError,
  JOSENotSupported: () => JOSENotSupported,
  JWEDecryptionFailed: () => JWEDecryptionFailed,
  JWEInvalid: () => JWEInvalid,
  JWKInvalid: () => JWKInvalid,
  JWKSInvalid: () => JWKSInvalid,
  JWKSMultipleMatchingKeys: () => JWKSMultipleMatchingKeys,
  JWKSNoMatchingKey: () => JWKSNoMatchingKey,
  JWKSTimeout: () => JWKSTimeout,
  JWSInvalid: () => JWSInvalid,
  JWSSignatureVerificationFailed: () => JWSSignatureVerificationFailed,
  JWTClaimValidationFailed: () => JWTClaimValidationFailed,
  JWTExpired: () => JWTExpired,
  JWTInvalid: () => JWTInvalid
});
var JOSEError, JWTClaimValidationFailed, JWTExpired, JOSEAlgNotAllowed, JOSENotSupported, JWEDecryptionFailed, JWEInvalid, JWSInvalid, JWTInvalid, JWKInvalid, JWKSInvalid, JWKSNoMatchingKey, JWKSMultipleMatchingKeys, JWKSTimeout, JWSSignatureVerificationFailed;
var init_errors = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/util/errors.js"() {
    JOSEError = class extends Error {
      static code = "ERR_JOSE_GENERIC";
      code = "ERR_JOSE_GENERIC";
      constructor(message2, options) {
        super(message2, options), this.name = this.constructor.name, Error.captureStackTrace?.(this, this.constructor);
      }
    };
    JWTClaimValidationFailed = class extends JOSEError {
      static code = "ERR_JWT_CLAIM_VALIDATION_FAILED";
      code = "ERR_JWT_CLAIM_VALIDATION_FAILED";
      claim;
      reason;
      payload;
      constructor(message2, payload, claim = "unspecified", reason = "unspecified") {
        super(message2, { cause: { claim, reason, payload } }), this.claim = claim, this.reason = reason, this.payload = payload;
      }
    };
    JWTExpired = class extends JOSEError {
      static code = "ERR_JWT_EXPIRED";
      code = "ERR_JWT_EXPIRED";
      claim;
      reason;
      payload;
      constructor(message2, payload, claim = "unspecified", reason = "unspecified") {
        super(message2, { cause: { claim, reason, payload } }), this.claim = claim, this.reason = reason, this.payload = payload;
      }
    };
    JOSEAlgNotAllowed = class extends JOSEError {
      static code = "ERR_JOSE_ALG_NOT_ALLOWED";
      code = "ERR_JOSE_ALG_NOT_ALLOWED";
    };
    JOSENotSupported = class extends JOSEError {
      static code = "ERR_JOSE_NOT_SUPPORTED";
      code = "ERR_JOSE_NOT_SUPPORTED";
    };
    JWEDecryptionFailed = class extends JOSEError {
      static code = "ERR_JWE_DECRYPTION_FAILED";
      code = "ERR_JWE_DECRYPTION_FAILED";
      constructor(message2 = "decryption operation failed", options) {
        super(message2, options);
      }
    };
    JWEInvalid = class extends JOSEError {
      static code = "ERR_JWE_INVALID";
      code = "ERR_JWE_INVALID";
    };
    JWSInvalid = class extends JOSEError {
      static code = "ERR_JWS_INVALID";
      code = "ERR_JWS_INVALID";
    };
    JWTInvalid = class extends JOSEError {
      static code = "ERR_JWT_INVALID";
      code = "ERR_JWT_INVALID";
    };
    JWKInvalid = class extends JOSEError {
      static code = "ERR_JWK_INVALID";
      code = "ERR_JWK_INVALID";
    };
    JWKSInvalid = class extends JOSEError {
      static code = "ERR_JWKS_INVALID";
      code = "ERR_JWKS_INVALID";
    };
    JWKSNoMatchingKey = class extends JOSEError {
      static code = "ERR_JWKS_NO_MATCHING_KEY";
      code = "ERR_JWKS_NO_MATCHING_KEY";
      constructor(message2 = "no applicable key found in the JSON Web Key Set", options) {
        super(message2, options);
      }
    };
    JWKSMultipleMatchingKeys = class extends JOSEError {
      [Symbol.asyncIterator] = async function* () {
      };
      static code = "ERR_JWKS_MULTIPLE_MATCHING_KEYS";
      code = "ERR_JWKS_MULTIPLE_MATCHING_KEYS";
      constructor(message2 = "multiple matching keys found in the JSON Web Key Set", options) {
        super(message2, options);
      }
    };
    JWKSTimeout = class extends JOSEError {
      static code = "ERR_JWKS_TIMEOUT";
      code = "ERR_JWKS_TIMEOUT";
      constructor(message2 = "request timed out", options) {
        super(message2, options);
      }
    };
    JWSSignatureVerificationFailed = class extends JOSEError {
      static code = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
      code = "ERR_JWS_SIGNATURE_VERIFICATION_FAILED";
      constructor(message2 = "signature verification failed", options) {
        super(message2, options);
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/util/base64url.js
var base64url_exports = {};
__export(base64url_exports, {
  decode: () => decode,
  encode: () => encode2
});
function decode(input) {
  try {
    return decodeBase64(typeof input == "string" ? input : decoder.decode(input), true);
  } catch (cause) {
    throw new TypeError(invalid, { cause });
  }
}
function encode2(input) {
  return encodeBase64(typeof input == "string" ? encoder.encode(input) : input, true);
}
var invalid;
var init_base64url = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/util/base64url.js"() {
    init_buffer_utils();
    invalid = "The input to be decoded is not correctly encoded.";
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/validate.js
function assertUint8Array(input, label) {
  if (!(input instanceof Uint8Array))
    throw new TypeError(`${label} must be an instance of Uint8Array`);
}
function isObject(input) {
  if (typeof input != "object" || input === null || Object.prototype.toString.call(input) !== "[object Object]")
    return false;
  const prototype = Object.getPrototypeOf(input);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
function isJwkSet(input) {
  return isObject(input) && Array.isArray(input.keys) && Array.from(input.keys).every(isObject);
}
function isDisjoint(...headers) {
  const parameters = /* @__PURE__ */ new Set();
  for (const header of headers)
    if (header)
      for (const parameter of Object.keys(header)) {
        if (parameters.has(parameter))
          return false;
        parameters.add(parameter);
      }
  return true;
}
function assertNotSet(value, name) {
  if (value !== void 0)
    throw new TypeError(`${name} can only be called once`);
}
function decodeBase64url(value, label, ErrorClass) {
  try {
    return decode(value);
  } catch (cause) {
    throw new ErrorClass(`Failed to base64url decode the ${label}`, { cause });
  }
}
function encodeAsciiMember(value, label, ErrorClass) {
  try {
    return encode(value);
  } catch (cause) {
    throw new ErrorClass(`The ${label} is not a valid base64url string`, { cause });
  }
}
function parseJoseHeader(encodedProtectedHeader, ErrorClass, message2) {
  let parsed;
  try {
    parsed = JSON.parse(strictDecoder.decode(decode(encodedProtectedHeader)));
  } catch (cause) {
    throw new ErrorClass(message2, { cause });
  }
  if (!isObject(parsed))
    throw new ErrorClass(message2);
  return parsed;
}
function validateAlgorithms(option, algorithms) {
  if (algorithms !== void 0 && (!Array.isArray(algorithms) || algorithms.some((s) => typeof s != "string")))
    throw new TypeError(`"${option}" option must be an array of strings`);
  return algorithms === void 0 ? void 0 : new Set(algorithms);
}
function validateCritDuplicates(Err, protectedHeader) {
  const { crit } = protectedHeader ?? {};
  if (Array.isArray(crit) && new Set(crit).size !== crit.length)
    throw new Err('"crit" (Critical) Header Parameter MUST NOT contain duplicate values');
}
function validateCrit(Err, recognizedDefault, recognizedOption, protectedHeader, joseHeader) {
  if (joseHeader.crit !== void 0 && protectedHeader?.crit === void 0)
    throw new Err('"crit" (Critical) Header Parameter MUST be integrity protected');
  if (!protectedHeader || protectedHeader.crit === void 0)
    return [];
  if (!Array.isArray(protectedHeader.crit) || protectedHeader.crit.length === 0 || protectedHeader.crit.some((input) => typeof input != "string" || input.length === 0))
    throw new Err('"crit" (Critical) Header Parameter MUST be an array of non-empty strings when present');
  const recognized = recognizedOption === void 0 ? recognizedDefault : { __proto__: null, ...recognizedOption, ...recognizedDefault };
  for (const parameter of protectedHeader.crit) {
    if (!(parameter in recognized))
      throw new JOSENotSupported(`Extension Header Parameter "${parameter}" is not recognized`);
    if (!Object.hasOwn(joseHeader, parameter) || joseHeader[parameter] === void 0)
      throw new Err(`Extension Header Parameter "${parameter}" is missing`);
    if (recognized[parameter] && (!Object.hasOwn(protectedHeader, parameter) || protectedHeader[parameter] === void 0))
      throw new Err(`Extension Header Parameter "${parameter}" MUST be integrity protected`);
  }
  return protectedHeader.crit;
}
function validateB64(protectedHeader, extensions) {
  if (extensions.includes("b64")) {
    const b64 = protectedHeader.b64;
    if (typeof b64 != "boolean")
      throw new JWSInvalid('The "b64" (base64url-encode payload) Header Parameter must be a boolean');
    return b64;
  }
  return true;
}
function serializeJoseHeader(Err, header) {
  let serialized, parsed;
  try {
    serialized = JSON.stringify(header), parsed = JSON.parse(serialized);
  } catch (cause) {
    throw new Err("JOSE Header is not valid JSON", { cause });
  }
  if (!isObject(parsed))
    throw new Err("JOSE Header is not a JSON object");
  return [parsed, serialized];
}
var JWS_RECOGNIZED, JWE_RECOGNIZED;
var init_validate = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/validate.js"() {
    init_errors();
    init_base64url();
    init_buffer_utils();
    JWS_RECOGNIZED = { __proto__: null, b64: true };
    JWE_RECOGNIZED = { __proto__: null };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/key.js
async function prepareKey(entry, key, usage) {
  const { alg, secret } = entry, requiresPrivateKey = usage === "decrypt" || usage === "sign";
  if (secret && key instanceof Uint8Array)
    return key;
  let normalized, keyObject;
  if (isObject(key)) {
    if (normalized = normalizeJwk(key), typeof normalized.kty != "string")
      throw invalidKeyType(alg, key, secret);
    if (!(secret ? normalized.kty === "oct" && typeof normalized.k == "string" : normalized.kty !== "oct" && (requiresPrivateKey ? normalized.kty === "AKP" && typeof normalized.priv == "string" || typeof normalized.d == "string" : normalized.d === void 0 && normalized.priv === void 0)))
      throw new TypeError(secret ? 'JSON Web Key for symmetric algorithms must have JWK "kty" (Key Type) equal to "oct" and the JWK "k" (Key Value) present' : `JSON Web Key for this operation must be a ${requiresPrivateKey ? "private" : "public"} JWK`);
    if (jwkMatchesOp(entry, normalized, usage), normalized.kty === "oct")
      return decode(normalized.k);
    if (!Object.isFrozen(key)) {
      const { key_ops } = key;
      Array.isArray(key_ops) && Object.freeze(key_ops), Object.freeze(key);
    }
  } else {
    if (!isKeyLike(key))
      throw invalidKeyType(alg, key, secret);
    const expectedType = secret ? "secret" : requiresPrivateKey ? "private" : "public";
    if (key.type !== expectedType && (secret || ["secret", "public", "private"].includes(key.type)))
      throw new TypeError(`${tag(key)} instances must be of type "${expectedType}" for the ${alg} algorithm`);
    if (isCryptoKey(key))
      return key;
    if (keyObject = key, keyObject.type === "secret")
      return keyObject.export();
  }
  cache ||= /* @__PURE__ */ new WeakMap();
  const cacheKey = key;
  let cached = cache.get(cacheKey);
  if (cached?.[alg])
    return cached[alg];
  if (cached || cache.set(cacheKey, cached = {}), keyObject && typeof keyObject.toCryptoKey == "function") {
    const isPublic = keyObject.type === "public", crv = nist[keyObject.asymmetricKeyDetails?.namedCurve], params = entry.resolve?.({ crv, asymmetricKeyType: keyObject.asymmetricKeyType }) ?? entry.subtle;
    return cached[alg] = keyObject.toCryptoKey(params, isPublic, entry.usages[isPublic ? 0 : 1]);
  }
  return normalized ??= keyObject.export({ format: "jwk" }), normalized.alg = alg, cached[alg] = await jwkToKey(entry, normalized);
}
function assertCryptoKey(key) {
  if (!isCryptoKey(key))
    throw new Error("CryptoKey instance expected");
}
function message(msg, actual, ...types) {
  if (types.length > 2) {
    const last = types.pop();
    msg += `one of type ${types.join(", ")}, or ${last}.`;
  } else types.length === 2 ? msg += `one of type ${types[0]} or ${types[1]}.` : msg += `of type ${types[0]}.`;
  return actual == null ? msg += ` Received ${actual}` : typeof actual == "function" && actual.name ? msg += ` Received function ${actual.name}` : typeof actual == "object" && actual != null && actual.constructor?.name && (msg += ` Received an instance of ${actual.constructor.name}`), msg;
}
function invalidKeyType(alg, actual, secret) {
  const types = ["CryptoKey", "KeyObject", "JSON Web Key"];
  return secret && types.push("Uint8Array"), new TypeError(message(`Key for the ${alg} algorithm must be `, actual, ...types));
}
function checkUsage(key, usage) {
  if (usage && !key.usages.includes(usage))
    throw new TypeError(`CryptoKey does not support this operation, its usages must include ${usage}.`);
}
function checkModulusLength(alg, key) {
  const { modulusLength } = key.algorithm;
  if (typeof modulusLength != "number" || modulusLength < 2048)
    throw new TypeError(`${alg} requires key modulusLength to be 2048 bits or larger`);
}
function checkCryptoKey(key, expected, usage) {
  const algorithm2 = key.algorithm;
  if (algorithm2.name !== expected.name)
    throw unusable(expected.name);
  if (expected.hash && algorithm2.hash?.name !== expected.hash)
    throw unusable(expected.hash, "algorithm.hash");
  if (expected.namedCurve && algorithm2.namedCurve !== expected.namedCurve)
    throw unusable(expected.namedCurve, "algorithm.namedCurve");
  if (expected.length !== void 0 && algorithm2.length !== expected.length)
    throw unusable(expected.length, "algorithm.length");
  checkUsage(key, usage);
}
function snapshotJwk(jwk) {
  return { __proto__: null, ...jwk };
}
function normalizeJwk(jwk) {
  const normalized = snapshotJwk(jwk);
  if (normalized.ext !== void 0 && typeof normalized.ext != "boolean")
    throw new TypeError('"ext" (Extractable) Parameter must be a boolean');
  if (normalized.key_ops !== void 0) {
    const value = normalized.key_ops, keyOps = Array.isArray(value) ? [...value] : void 0;
    if (!keyOps || keyOps.some((operation) => typeof operation != "string") || new Set(keyOps).size !== keyOps.length)
      throw new TypeError('"key_ops" (Key Operations) Parameter must be an array of unique strings');
    normalized.key_ops = keyOps;
  }
  return normalized;
}
function validateExtractableOption(extractable) {
  if (extractable !== void 0 && typeof extractable != "boolean")
    throw new TypeError('"extractable" option must be a boolean');
  return extractable;
}
async function jwkToKey(entry, jwk, extractable) {
  if (!entry.kty.includes(jwk.kty))
    throw new JOSENotSupported('Invalid or unsupported JWK "alg" (Algorithm) Parameter value');
  const algorithm2 = entry.resolve?.({ kty: jwk.kty, crv: jwk.crv }) ?? entry.subtle, isPrivate = !!(jwk.d || jwk.priv), keyData = { ...jwk, ext: extractable ?? jwk.ext };
  return keyData.kty !== "AKP" && delete keyData.alg, delete keyData.use, crypto.subtle.importKey("jwk", keyData, algorithm2, keyData.ext ?? !isPrivate, jwk.key_ops ?? entry.usages[isPrivate ? 1 : 0]);
}
async function rawKey(key, expected, usage, extractable = false) {
  return key instanceof Uint8Array && (key = await crypto.subtle.importKey("raw", key, expected, extractable, [usage])), checkCryptoKey(key, expected, usage), key;
}
var tag, jwkMatchesOp, cache, nist, isCryptoKey, isKeyObject, isKeyLike, invalidKeyInput, unusable;
var init_key = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/key.js"() {
    init_validate();
    init_base64url();
    init_errors();
    tag = (key) => key[Symbol.toStringTag];
    jwkMatchesOp = (entry, key, usage) => {
      const { alg } = entry;
      if (key.use !== void 0) {
        const expected = usage === "sign" || usage === "verify" ? "sig" : "enc";
        if (key.use !== expected)
          throw new TypeError(`Invalid key for this operation, its "use" must be "${expected}" when present`);
      }
      if (key.alg !== void 0 && key.alg !== alg)
        throw new TypeError(`Invalid key for this operation, its "alg" must be "${alg}" when present`);
      if (Array.isArray(key.key_ops)) {
        const expectedKeyOp = usage === "encrypt" || usage === "decrypt" ? entry.ops?.[usage === "encrypt" ? 0 : 1] : usage;
        if (expectedKeyOp && !key.key_ops.includes(expectedKeyOp))
          throw new TypeError(`Invalid key for this operation, its "key_ops" must include "${expectedKeyOp}" when present`);
      }
    };
    nist = {
      __proto__: null,
      prime256v1: "P-256",
      secp384r1: "P-384",
      secp521r1: "P-521"
    };
    isCryptoKey = (key) => {
      if (key?.[Symbol.toStringTag] === "CryptoKey")
        return true;
      try {
        return key instanceof CryptoKey;
      } catch {
        return false;
      }
    };
    isKeyObject = (key) => key?.[Symbol.toStringTag] === "KeyObject";
    isKeyLike = (key) => isCryptoKey(key) || isKeyObject(key);
    invalidKeyInput = (actual, ...types) => message("Key must be ", actual, ...types);
    unusable = (name, prop = "algorithm.name") => new TypeError(`CryptoKey does not support this operation, its ${prop} must be ${name}`);
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/content_encryption.js
function checkCekLength(cek, expected) {
  const actual = cek.byteLength << 3;
  if (actual !== expected)
    throw new JWEInvalid(`Invalid Content Encryption Key length. Expected ${expected} bits, got ${actual} bits`);
}
function checkIvLength(enc, iv) {
  if (iv.length << 3 !== enc.ivBits)
    throw new JWEInvalid("Invalid Initialization Vector length");
}
async function cbcKeySetup(enc, cek, usage) {
  if (!(cek instanceof Uint8Array))
    throw new TypeError(invalidKeyInput(cek, "Uint8Array"));
  const keyLengthBits = enc.cekBits >> 1, encKey = await crypto.subtle.importKey("raw", cek.subarray(keyLengthBits >> 3), "AES-CBC", false, [usage]), macKey = await crypto.subtle.importKey("raw", cek.subarray(0, keyLengthBits >> 3), {
    hash: `SHA-${keyLengthBits << 1}`,
    name: "HMAC"
  }, false, ["sign"]);
  return [encKey, macKey, keyLengthBits];
}
async function cbcHmacTag(macKey, macData, keyLengthBits) {
  return new Uint8Array((await crypto.subtle.sign("HMAC", macKey, macData)).slice(0, keyLengthBits >> 3));
}
async function cbcEncrypt(enc, plaintext, cek, iv, aad) {
  const [encKey, macKey, keyLengthBits] = await cbcKeySetup(enc, cek, "encrypt"), ciphertext = new Uint8Array(await crypto.subtle.encrypt({
    iv,
    name: "AES-CBC"
  }, encKey, plaintext)), al = uint64be(aad.length * 8), macData = concat(aad, iv, ciphertext, al), tag2 = await cbcHmacTag(macKey, macData, keyLengthBits);
  return { ciphertext, tag: tag2, iv };
}
async function timingSafeEqual(a, b) {
  const algorithm2 = { name: "HMAC", hash: "SHA-256" }, key = await crypto.subtle.generateKey(algorithm2, false, ["sign", "verify"]), aHmac = await crypto.subtle.sign(algorithm2, key, a);
  return crypto.subtle.verify(algorithm2, key, aHmac, b);
}
async function cbcDecrypt(enc, cek, ciphertext, iv, tag2, aad) {
  const [encKey, macKey, keyLengthBits] = await cbcKeySetup(enc, cek, "decrypt"), al = uint64be(aad.length * 8), macData = concat(aad, iv, ciphertext, al), expectedTag = await cbcHmacTag(macKey, macData, keyLengthBits);
  try {
    if (await timingSafeEqual(tag2, expectedTag))
      return new Uint8Array(await crypto.subtle.decrypt({ iv, name: "AES-CBC" }, encKey, ciphertext));
  } catch {
  }
  throw new JWEDecryptionFailed();
}
async function encrypt(enc, plaintext, cek, iv, aad) {
  if (!isCryptoKey(cek) && !(cek instanceof Uint8Array))
    throw new TypeError(invalidKeyInput(cek, "CryptoKey", "KeyObject", "Uint8Array", "JSON Web Key"));
  if (iv ? checkIvLength(enc, iv) : iv = generateIv(enc), cek instanceof Uint8Array && checkCekLength(cek, enc.cekBits), enc.cbc)
    return cbcEncrypt(enc, plaintext, cek, iv, aad);
  const encKey = await rawKey(cek, enc.subtle, "encrypt"), encrypted = new Uint8Array(await crypto.subtle.encrypt({
    additionalData: aad,
    iv,
    name: "AES-GCM",
    tagLength: 128
  }, encKey, plaintext));
  return { ciphertext: encrypted.subarray(0, -16), tag: encrypted.subarray(-16), iv };
}
async function decrypt(enc, cek, ciphertext, iv, tag2, aad) {
  if (!isCryptoKey(cek) && !(cek instanceof Uint8Array))
    throw new TypeError(invalidKeyInput(cek, "CryptoKey", "KeyObject", "Uint8Array", "JSON Web Key"));
  if (!iv)
    throw new JWEInvalid("JWE Initialization Vector missing");
  if (!tag2)
    throw new JWEInvalid("JWE Authentication Tag missing");
  if (!enc.cbc && tag2.length !== 16)
    throw new JWEInvalid("Invalid Authentication Tag length");
  if (checkIvLength(enc, iv), cek instanceof Uint8Array && checkCekLength(cek, enc.cekBits), enc.cbc)
    return cbcDecrypt(enc, cek, ciphertext, iv, tag2, aad);
  const encKey = await rawKey(cek, enc.subtle, "decrypt");
  try {
    return new Uint8Array(await crypto.subtle.decrypt({
      additionalData: aad,
      iv,
      name: "AES-GCM",
      tagLength: 128
    }, encKey, concat(ciphertext, tag2)));
  } catch {
    throw new JWEDecryptionFailed();
  }
}
var generateCek, generateIv;
var init_content_encryption = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/content_encryption.js"() {
    init_buffer_utils();
    init_key();
    init_errors();
    generateCek = (enc) => crypto.getRandomValues(new Uint8Array(enc.cekBits >> 3));
    generateIv = (enc) => crypto.getRandomValues(new Uint8Array(enc.ivBits >> 3));
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/key_descriptor.js
function table(entries) {
  const out = { __proto__: null };
  for (const alg in entries)
    out[alg] = { ...entries[alg], alg };
  return out;
}
var init_key_descriptor = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/key_descriptor.js"() {
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jwe_algorithms.js
function rsaes(bits) {
  return {
    kty: ["RSA"],
    mode: "key-encryption",
    subtle: { name: "RSA-OAEP", hash: `SHA-${bits}` },
    usages: wrap,
    ops: ["wrapKey", "unwrapKey"]
  };
}
function ecdh(mode) {
  return {
    kty: ["EC", "OKP"],
    mode,
    subtle: { name: "ECDH" },
    resolve: ({ kty, crv, asymmetricKeyType }) => {
      if (crv === "X25519" || asymmetricKeyType === "x25519")
        return { name: "X25519" };
      if (kty === "OKP")
        throw new JOSENotSupported('Invalid or unsupported JWK "alg" (Algorithm) Parameter value');
      return { name: "ECDH", namedCurve: crv };
    },
    usages: derive,
    ops: [void 0, "deriveBits"]
  };
}
function aeskw(bits, gcm = false) {
  return {
    kty: ["oct"],
    mode: "key-wrapping",
    secret: true,
    subtle: { name: gcm ? "AES-GCM" : "AES-KW", length: bits },
    usages: none,
    ops: gcm ? ["encrypt", "decrypt"] : ["wrapKey", "unwrapKey"]
  };
}
function pbes2() {
  return {
    kty: ["oct"],
    mode: "key-wrapping",
    secret: true,
    subtle: { name: "PBKDF2" },
    usages: none,
    ops: ["deriveBits", "deriveBits"]
  };
}
function contentEncryption(bits, cbc = false) {
  return {
    kty: ["oct"],
    secret: true,
    subtle: { name: cbc ? "AES-CBC" : "AES-GCM", length: bits },
    usages: none,
    ops: contentOps,
    cekBits: bits,
    ivBits: cbc ? 128 : 96,
    cbc
  };
}
function unsupported(parameter, name) {
  throw new JOSENotSupported(`Invalid or unsupported "${parameter}" (JWE ${name}) header value`);
}
function jweAlgorithm(alg) {
  return (typeof alg == "string" ? JWE[alg] : void 0) ?? unsupported("alg", "Algorithm");
}
function isJWECEKTransport(algorithm2) {
  return algorithm2.mode === "key-wrapping" || algorithm2.mode === "key-encryption" || algorithm2.mode === "key-agreement-with-key-wrapping";
}
function jweEncryption(enc) {
  return (typeof enc == "string" ? ENC[enc] : void 0) ?? unsupported("enc", "Encryption Algorithm");
}
var wrap, derive, none, JWE, contentOps, ENC;
var init_jwe_algorithms = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jwe_algorithms.js"() {
    init_errors();
    init_key_descriptor();
    wrap = [
      ["encrypt", "wrapKey"],
      ["decrypt", "unwrapKey"]
    ];
    derive = [[], ["deriveBits"]];
    none = [[], []];
    JWE = table({
      dir: {
        kty: ["oct"],
        mode: "direct-encryption",
        secret: true,
        subtle: { name: "AES-GCM" },
        usages: none,
        ops: ["encrypt", "decrypt"]
      },
      "RSA-OAEP": rsaes(1),
      "RSA-OAEP-256": rsaes(256),
      "RSA-OAEP-384": rsaes(384),
      "RSA-OAEP-512": rsaes(512),
      "ECDH-ES": ecdh("direct-key-agreement"),
      "ECDH-ES+A128KW": ecdh("key-agreement-with-key-wrapping"),
      "ECDH-ES+A192KW": ecdh("key-agreement-with-key-wrapping"),
      "ECDH-ES+A256KW": ecdh("key-agreement-with-key-wrapping"),
      A128KW: aeskw(128),
      A192KW: aeskw(192),
      A256KW: aeskw(256),
      A128GCMKW: aeskw(128, true),
      A192GCMKW: aeskw(192, true),
      A256GCMKW: aeskw(256, true),
      "PBES2-HS256+A128KW": pbes2(),
      "PBES2-HS384+A192KW": pbes2(),
      "PBES2-HS512+A256KW": pbes2()
    });
    contentOps = ["encrypt", "decrypt"];
    ENC = table({
      A128GCM: contentEncryption(128),
      A192GCM: contentEncryption(192),
      A256GCM: contentEncryption(256),
      "A128CBC-HS256": contentEncryption(256, true),
      "A192CBC-HS384": contentEncryption(384, true),
      "A256CBC-HS512": contentEncryption(512, true)
    });
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/key_management.js
function checkEcdhCryptoKey(key, usage) {
  if (key.algorithm.name !== "ECDH" && key.algorithm.name !== "X25519")
    throw new TypeError("CryptoKey does not support this operation, its algorithm.name must be ECDH or X25519");
  checkUsage(key, usage);
}
async function aeskwWrap(alg, key, cek) {
  const cryptoKey = await rawKey(key, jweAlgorithm(alg).subtle, "wrapKey", true), cryptoKeyCek = await crypto.subtle.importKey("raw", cek, { hash: "SHA-256", name: "HMAC" }, true, ["sign"]);
  return new Uint8Array(await crypto.subtle.wrapKey("raw", cryptoKeyCek, cryptoKey, "AES-KW"));
}
async function aeskwUnwrap(alg, key, encryptedKey) {
  const cryptoKey = await rawKey(key, jweAlgorithm(alg).subtle, "unwrapKey", true), cryptoKeyCek = await crypto.subtle.unwrapKey("raw", encryptedKey, cryptoKey, "AES-KW", { hash: "SHA-256", name: "HMAC" }, true, ["sign"]);
  return new Uint8Array(await crypto.subtle.exportKey("raw", cryptoKeyCek));
}
function checkRsaKey(alg, key, usage) {
  checkCryptoKey(key, jweAlgorithm(alg).subtle, usage), checkModulusLength(alg, key);
}
async function deriveKey(p2s, alg, p2c, key) {
  if (!(p2s instanceof Uint8Array) || p2s.length < 8)
    throw new JWEInvalid("PBES2 Salt Input must be 8 or more octets");
  if (!Number.isSafeInteger(p2c) || Math.sign(p2c) !== 1)
    throw new JWEInvalid("PBES2 Count Input must be a positive integer");
  const salt = concat(encode(alg), Uint8Array.of(0), p2s), keyLengthBits = parseInt(alg.slice(13, 16), 10), subtleAlg = {
    hash: `SHA-${alg.slice(8, 11)}`,
    iterations: p2c,
    name: "PBKDF2",
    salt
  }, cryptoKey = await rawKey(key, jweAlgorithm(alg).subtle, "deriveBits");
  return new Uint8Array(await crypto.subtle.deriveBits(subtleAlg, cryptoKey, keyLengthBits));
}
function lengthAndInput(input) {
  return concat(uint32be(input.length), input);
}
async function concatKdf(Z, keyDataLength, OtherInfo) {
  const dkLen = keyDataLength >> 3, hashLen = 32, reps = Math.ceil(dkLen / hashLen), dk = new Uint8Array(reps * hashLen);
  for (let i = 1; i <= reps; i++) {
    const hashResult = await digest("sha256", concat(uint32be(i), Z, OtherInfo));
    dk.set(hashResult, (i - 1) * hashLen);
  }
  return dk.slice(0, dkLen);
}
async function ecdhesDeriveKey(publicKey, privateKey, algorithmId, keyDataLength, apu = new Uint8Array(), apv = new Uint8Array()) {
  checkEcdhCryptoKey(publicKey), checkEcdhCryptoKey(privateKey, "deriveBits");
  const otherInfo = concat(lengthAndInput(encode(algorithmId)), lengthAndInput(apu), lengthAndInput(apv), uint32be(keyDataLength)), Z = new Uint8Array(await crypto.subtle.deriveBits({
    name: publicKey.algorithm.name,
    public: publicKey
  }, privateKey, publicKey.algorithm.name === "X25519" ? 256 : Math.ceil(parseInt(publicKey.algorithm.namedCurve.slice(-3), 10) / 8) << 3));
  return concatKdf(Z, keyDataLength, otherInfo);
}
function assertEcdhKey(key) {
  assertCryptoKey(key);
  const curve = key.algorithm.namedCurve;
  if (curve !== "P-256" && curve !== "P-384" && curve !== "P-521" && key.algorithm.name !== "X25519")
    throw new JOSENotSupported("ECDH with the provided key is not allowed or not supported by your javascript runtime");
}
function partyInfo(joseHeader, name) {
  const value = joseHeader[name];
  if (value !== void 0) {
    if (typeof value != "string")
      throw new JWEInvalid(`JOSE Header "${name}" (Agreement Party${name === "apu" ? "U" : "V"}Info) invalid`);
    return decodeBase64url(value, name, JWEInvalid);
  }
}
function checkPartyInfo(apu, apv) {
  if (!(apu === void 0 || apv === void 0 || apu.byteLength !== apv.byteLength)) {
    for (let i = 0; i < apu.byteLength; i++)
      if (apu[i] !== apv[i])
        return;
    throw new JWEInvalid('JOSE Header "apu" and "apv" values must be distinct');
  }
}
function assertEncryptedKey(encryptedKey) {
  if (encryptedKey === void 0)
    throw new JWEInvalid("JWE Encrypted Key missing");
}
function assertNoEncryptedKey(encryptedKey) {
  if (encryptedKey !== void 0)
    throw new JWEInvalid("Encountered unexpected JWE Encrypted Key");
}
function validateMaxPBES2Count(value) {
  if (value !== void 0 && value !== 1 / 0 && (!Number.isSafeInteger(value) || value < 1))
    throw new TypeError("maxPBES2Count must be a positive safe integer or Infinity");
}
async function decryptKeyManagement(entry, enc, key, encryptedKey, joseHeader, maxPBES2Count) {
  const { alg } = entry, mode = entry.mode;
  if (mode === "direct-encryption")
    return assertNoEncryptedKey(encryptedKey), key;
  const direct = mode === "direct-key-agreement";
  switch (direct ? assertNoEncryptedKey(encryptedKey) : assertEncryptedKey(encryptedKey), entry.subtle.name) {
    case "ECDH": {
      const { epk } = joseHeader;
      if (!isObject(epk) || ["d", "k", "p", "q", "dp", "dq", "qi", "oth", "priv"].some((parameter) => Object.hasOwn(epk, parameter)))
        throw new JWEInvalid('JOSE Header "epk" (Ephemeral Public Key) missing or invalid');
      assertEcdhKey(key);
      const ephemeralPublicKey = await jwkToKey(entry, epk), partyUInfo = partyInfo(joseHeader, "apu"), partyVInfo = partyInfo(joseHeader, "apv");
      checkPartyInfo(partyUInfo, partyVInfo);
      const derivedKey = await ecdhesDeriveKey(ephemeralPublicKey, key, direct ? enc.alg : alg, direct ? enc.cekBits : parseInt(alg.slice(-5, -2), 10), partyUInfo, partyVInfo);
      if (direct)
        return derivedKey;
      key = derivedKey;
      break;
    }
    case "RSA-OAEP":
      return assertCryptoKey(key), checkRsaKey(alg, key, "decrypt"), new Uint8Array(await crypto.subtle.decrypt("RSA-OAEP", key, encryptedKey));
    case "PBKDF2": {
      if (typeof joseHeader.p2c != "number")
        throw new JWEInvalid('JOSE Header "p2c" (PBES2 Count) missing or invalid');
      const p2cLimit = maxPBES2Count ?? 1e4;
      if (joseHeader.p2c > p2cLimit)
        throw new JWEInvalid('JOSE Header "p2c" (PBES2 Count) out is of acceptable bounds');
      if (typeof joseHeader.p2s != "string")
        throw new JWEInvalid('JOSE Header "p2s" (PBES2 Salt) missing or invalid');
      const p2s = decodeBase64url(joseHeader.p2s, "p2s", JWEInvalid);
      key = await deriveKey(p2s, alg, joseHeader.p2c, key);
      break;
    }
    case "AES-GCM": {
      if (typeof joseHeader.iv != "string")
        throw new JWEInvalid('JOSE Header "iv" (Initialization Vector) missing or invalid');
      if (typeof joseHeader.tag != "string")
        throw new JWEInvalid('JOSE Header "tag" (Authentication Tag) missing or invalid');
      const iv = decodeBase64url(joseHeader.iv, "iv", JWEInvalid), tag2 = decodeBase64url(joseHeader.tag, "tag", JWEInvalid);
      if (iv.byteLength !== 12)
        throw new JWEInvalid("Invalid Initialization Vector length");
      if (tag2.byteLength !== 16)
        throw new JWEInvalid("Invalid Authentication Tag length");
      return decrypt(jweEncryption(alg.slice(0, -2)), key, encryptedKey, iv, tag2, new Uint8Array());
    }
  }
  return aeskwUnwrap(alg.slice(-6), key, encryptedKey);
}
async function encryptKeyManagement(entry, enc, inputKey, joseHeader, providedCek, providedParameters = {}) {
  const { alg, mode } = entry, transport = isJWECEKTransport(entry);
  if (providedCek !== void 0 && !transport)
    throw new TypeError(`setContentEncryptionKey cannot be called with JWE "alg" (Algorithm) Header ${alg}`);
  let key = await prepareKey(mode === "direct-encryption" ? enc : entry, inputKey, "encrypt");
  if (mode === "direct-encryption")
    return [key, void 0, void 0];
  const cek = transport ? providedCek ?? generateCek(enc) : void 0;
  cek && checkCekLength(cek, enc.cekBits);
  let encryptedKey, parameters;
  switch (entry.subtle.name) {
    case "ECDH": {
      assertEcdhKey(key);
      const { apu: providedApu, apv: providedApv } = providedParameters;
      providedApu !== void 0 && assertUint8Array(providedApu, '"apu"'), providedApv !== void 0 && assertUint8Array(providedApv, '"apv"');
      const apu = providedApu ?? partyInfo(joseHeader, "apu"), apv = providedApv ?? partyInfo(joseHeader, "apv");
      checkPartyInfo(apu, apv);
      let ephemeralPrivateKey;
      providedParameters.epk !== void 0 ? ephemeralPrivateKey = await prepareKey(entry, providedParameters.epk, "decrypt") : ephemeralPrivateKey = (await crypto.subtle.generateKey(key.algorithm, true, ["deriveBits"])).privateKey;
      const subtle = crypto.subtle;
      let exportableEpk = ephemeralPrivateKey;
      if (!exportableEpk.extractable) {
        if (typeof subtle.getPublicKey != "function")
          throw new TypeError('CryptoKey for "epk" must be extractable');
        exportableEpk = await subtle.getPublicKey(ephemeralPrivateKey, []);
      }
      const { x, y, crv, kty } = await subtle.exportKey("jwk", exportableEpk), direct = mode === "direct-key-agreement", derivedKey = await ecdhesDeriveKey(key, ephemeralPrivateKey, direct ? enc.alg : alg, direct ? enc.cekBits : parseInt(alg.slice(-5, -2), 10), apu, apv), epk = { x, crv, kty };
      if (kty === "EC" && (epk.y = y), parameters = { epk }, providedApu !== void 0 && (parameters.apu = encode2(providedApu)), providedApv !== void 0 && (parameters.apv = encode2(providedApv)), direct)
        return [derivedKey, void 0, parameters];
      key = derivedKey;
      break;
    }
    case "RSA-OAEP": {
      assertCryptoKey(key), checkRsaKey(alg, key, "encrypt"), encryptedKey = new Uint8Array(await crypto.subtle.encrypt("RSA-OAEP", key, cek));
      break;
    }
    case "PBKDF2": {
      const { p2c = 2048, p2s = crypto.getRandomValues(new Uint8Array(16)) } = providedParameters;
      key = await deriveKey(p2s, alg, p2c, key), parameters = { p2c, p2s: encode2(p2s) };
      break;
    }
    case "AES-GCM": {
      const iv = providedParameters.iv === void 0 ? crypto.getRandomValues(new Uint8Array(12)) : providedParameters.iv;
      if (!(iv instanceof Uint8Array))
        throw new TypeError('"iv" must be an instance of Uint8Array');
      const wrapped = await encrypt(jweEncryption(alg.slice(0, -2)), cek, key, iv, new Uint8Array());
      encryptedKey = wrapped.ciphertext, parameters = { iv: encode2(wrapped.iv), tag: encode2(wrapped.tag) };
    }
  }
  if (encryptedKey ??= await aeskwWrap(alg.slice(-6), key, cek), !(encryptedKey instanceof Uint8Array) || !encryptedKey.byteLength)
    throw new TypeError("JWE key management algorithm did not produce an Encrypted Key");
  return [cek, encryptedKey, parameters];
}
var init_key_management = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/key_management.js"() {
    init_base64url();
    init_key();
    init_jwe_algorithms();
    init_errors();
    init_validate();
    init_buffer_utils();
    init_content_encryption();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/deflate.js
function validateZip(joseHeader, protectedHeader) {
  if (joseHeader.zip !== void 0 && joseHeader.zip !== "DEF")
    throw new JOSENotSupported('Unsupported JWE "zip" (Compression Algorithm) Header Parameter value.');
  if (joseHeader.zip !== void 0 && !protectedHeader?.zip)
    throw new JWEInvalid('JWE "zip" (Compression Algorithm) Header Parameter MUST be in a protected header.');
}
function supported(name) {
  if (typeof globalThis[name] > "u")
    throw new JOSENotSupported(`JWE "zip" (Compression Algorithm) Header Parameter requires the ${name} API.`);
}
async function transform(stream, input, maxLength = 1 / 0) {
  const writer = stream.writable.getWriter();
  writer.write(input).catch(() => {
  }), writer.close().catch(() => {
  });
  const chunks = [];
  let length = 0;
  const reader = stream.readable.getReader();
  for (; ; ) {
    const { value, done } = await reader.read();
    if (done)
      break;
    if (chunks.push(value), length += value.byteLength, maxLength !== 1 / 0 && length > maxLength)
      throw await reader.cancel().catch(() => {
      }), new JWEInvalid("Decompressed plaintext exceeded the configured limit");
  }
  return concat(...chunks);
}
async function compress(input) {
  return supported("CompressionStream"), transform(new CompressionStream("deflate-raw"), input);
}
async function decompress(input, maxLength) {
  return supported("DecompressionStream"), transform(new DecompressionStream("deflate-raw"), input, maxLength);
}
var init_deflate = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/deflate.js"() {
    init_errors();
    init_buffer_utils();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jwe_decrypt.js
function snapshotSharedJWE(jwe) {
  const { aad, ciphertext, iv, protected: encodedProtected, tag: tag2, unprotected } = jwe;
  if (iv !== void 0 && (typeof iv != "string" || !iv))
    throw new JWEInvalid("JWE Initialization Vector incorrect type");
  if (typeof ciphertext != "string")
    throw new JWEInvalid("JWE Ciphertext missing or incorrect type");
  if (tag2 !== void 0 && (typeof tag2 != "string" || !tag2))
    throw new JWEInvalid("JWE Authentication Tag incorrect type");
  if (encodedProtected !== void 0 && typeof encodedProtected != "string")
    throw new JWEInvalid("JWE Protected Header incorrect type");
  if (aad !== void 0 && (typeof aad != "string" || !aad))
    throw new JWEInvalid("JWE AAD incorrect type");
  if (unprotected !== void 0 && !isObject(unprotected))
    throw new JWEInvalid("JWE Shared Unprotected Header incorrect type");
  return {
    aad,
    ciphertext,
    iv,
    protected: encodedProtected,
    tag: tag2,
    unprotected: unprotected === void 0 ? void 0 : { ...unprotected }
  };
}
function snapshotRecipientJWE(recipient) {
  let header, headerAlg;
  try {
    const { header: inputHeader } = recipient;
    if (isObject(inputHeader)) {
      headerAlg = inputHeader.alg;
      const parameters = Object.keys(inputHeader);
      parameters.includes("alg") || (headerAlg = void 0), header = Object.fromEntries(parameters.map((parameter) => [
        parameter,
        parameter === "alg" ? headerAlg : inputHeader[parameter]
      ]));
    } else
      header = inputHeader;
    const { encrypted_key: encryptedKey } = recipient;
    return [{ encrypted_key: encryptedKey, header }, headerAlg];
  } catch (error) {
    return [void 0, headerAlg, error];
  }
}
function checkRecipient(jwe) {
  const { encrypted_key: encryptedKey, header } = jwe;
  if (encryptedKey !== void 0 && typeof encryptedKey != "string")
    throw new JWEInvalid("JWE Encrypted Key incorrect type");
  if (header !== void 0 && !isObject(header))
    throw new JWEInvalid("JWE Per-Recipient Unprotected Header incorrect type");
  if (jwe.protected === void 0 && header === void 0 && jwe.unprotected === void 0)
    throw new JWEInvalid("JOSE Header missing");
}
function shareJWE(jwe) {
  const { protected: encodedProtected, ciphertext, iv, tag: tag2, aad } = jwe;
  let protectedHeader;
  return encodedProtected !== void 0 && (protectedHeader = parseJoseHeader(encodedProtected, JWEInvalid, "JWE Protected Header is invalid")), [
    protectedHeader,
    decodeBase64url(ciphertext, "ciphertext", JWEInvalid),
    iv !== void 0 ? decodeBase64url(iv, "iv", JWEInvalid) : void 0,
    tag2 !== void 0 ? decodeBase64url(tag2, "tag", JWEInvalid) : void 0,
    encodeAsciiMember((encodedProtected ?? "") + (aad !== void 0 ? `.${aad}` : ""), "aad", JWEInvalid)
  ];
}
function prepareDecrypt(options) {
  const keyManagementAlgorithms = options && validateAlgorithms("keyManagementAlgorithms", options.keyManagementAlgorithms), contentEncryptionAlgorithms = options && validateAlgorithms("contentEncryptionAlgorithms", options.contentEncryptionAlgorithms), { crit, maxPBES2Count, maxDecompressedLength } = options ?? {};
  validateMaxPBES2Count(maxPBES2Count);
  const decompressionLimit = maxDecompressedLength ?? 25e4;
  if (decompressionLimit !== 0 && decompressionLimit !== 1 / 0 && (!Number.isSafeInteger(decompressionLimit) || decompressionLimit < 1))
    throw new TypeError("maxDecompressedLength must be 0, a positive safe integer, or Infinity");
  return [
    keyManagementAlgorithms,
    contentEncryptionAlgorithms,
    crit,
    maxPBES2Count,
    maxDecompressedLength
  ];
}
async function decryptJWE(jwe, shared, key, token2 = shareJWE(jwe)) {
  const [protectedHeader, ciphertext, iv, tag2, additionalAuthenticatedData] = token2, { header, unprotected, aad } = jwe;
  let joseHeader;
  if (header !== void 0 || unprotected !== void 0) {
    if (!isDisjoint(protectedHeader, header, unprotected))
      throw new JWEInvalid("JWE Protected, JWE Unprotected Header, and JWE Per-Recipient Unprotected Header Parameter names must be disjoint");
    joseHeader = { ...protectedHeader, ...header, ...unprotected };
  } else
    joseHeader = protectedHeader ?? {};
  const [keyManagementAlgorithms, contentEncryptionAlgorithms, crit, maxPBES2Count, maxDecompressedLength] = shared, { encrypted_key: encodedKey } = jwe;
  validateCrit(JWEInvalid, JWE_RECOGNIZED, crit, protectedHeader, joseHeader), validateZip(joseHeader, protectedHeader);
  const { alg, enc } = joseHeader;
  if (typeof alg != "string" || !alg)
    throw new JWEInvalid("missing JWE Algorithm (alg) in JWE Header");
  const selected = JWE[alg];
  if (encodedKey === "" && (!selected || !isJWECEKTransport(selected)))
    throw new JWEInvalid("JWE Encrypted Key incorrect type");
  const integrated = selected?.mode === "integrated-encryption";
  if (!integrated && (typeof enc != "string" || !enc))
    throw new JWEInvalid("missing JWE Encryption Algorithm (enc) in JWE Header");
  if (keyManagementAlgorithms && !keyManagementAlgorithms.has(alg) || !keyManagementAlgorithms && alg.startsWith("PBES2"))
    throw new JOSEAlgNotAllowed('"alg" (Algorithm) Header Parameter value not allowed');
  let encEntry;
  if (integrated) {
    if (enc !== void 0)
      throw new JWEInvalid('JWE "enc" (Encryption Algorithm) Header Parameter must not be present for integrated encryption');
    if (iv?.byteLength)
      throw new JWEInvalid("JWE Initialization Vector must be empty for integrated encryption");
    if (tag2?.byteLength)
      throw new JWEInvalid("JWE Authentication Tag must be empty for integrated encryption");
  } else {
    if (contentEncryptionAlgorithms && !contentEncryptionAlgorithms.has(enc))
      throw new JOSEAlgNotAllowed('"enc" (Encryption Algorithm) Header Parameter value not allowed');
    encEntry = jweEncryption(enc);
  }
  let encryptedKey;
  if (encodedKey !== void 0)
    try {
      encryptedKey = decodeBase64url(encodedKey, "encrypted_key", JWEInvalid);
    } catch (error) {
      if (!selected || !isJWECEKTransport(selected))
        throw error;
      encryptedKey = new Uint8Array();
    }
  let resolvedKey = false;
  typeof key == "function" && (key = await key(protectedHeader, jwe), resolvedKey = true);
  const algEntry = selected ?? jweAlgorithm(alg);
  isJWECEKTransport(algEntry) && encryptedKey === void 0 && (encryptedKey = new Uint8Array());
  const k = await prepareKey(algEntry.mode === "direct-encryption" ? encEntry : algEntry, key, "decrypt");
  let plaintext;
  if (algEntry.mode === "integrated-encryption")
    plaintext = await algEntry.decrypt(k, encryptedKey, ciphertext, additionalAuthenticatedData, protectedHeader, joseHeader);
  else {
    const encryption = encEntry;
    let cek;
    try {
      cek = await decryptKeyManagement(algEntry, encryption, k, encryptedKey, joseHeader, maxPBES2Count), isJWECEKTransport(algEntry) && cek instanceof Uint8Array && cek.byteLength << 3 !== encryption.cekBits && (cek = generateCek(encryption));
    } catch (err) {
      if (err instanceof TypeError || err instanceof JWEInvalid || err instanceof JOSENotSupported)
        throw err;
      cek = generateCek(encryption);
    }
    plaintext = await decrypt(encryption, cek, ciphertext, iv, tag2, additionalAuthenticatedData);
  }
  if (joseHeader.zip === "DEF") {
    const decompressionLimit = maxDecompressedLength ?? 25e4;
    if (decompressionLimit === 0)
      throw new JOSENotSupported('JWE "zip" (Compression Algorithm) Header Parameter is not supported.');
    plaintext = await decompress(plaintext, decompressionLimit).catch((cause) => {
      throw cause instanceof JWEInvalid ? cause : new JWEInvalid("Failed to decompress plaintext", { cause });
    });
  }
  return {
    plaintext,
    ...protectedHeader && { protectedHeader },
    ...aad !== void 0 && {
      additionalAuthenticatedData: decodeBase64url(aad, "aad", JWEInvalid)
    },
    ...unprotected && { sharedUnprotectedHeader: unprotected },
    ...header && { unprotectedHeader: header },
    ...resolvedKey && { key: k }
  };
}
async function decryptCompact(jwe, shared, key) {
  if (jwe instanceof Uint8Array && (jwe = decoder.decode(jwe)), typeof jwe != "string")
    throw new JWEInvalid("Compact JWE must be a string or Uint8Array");
  const { 0: protectedHeader, 1: encryptedKey, 2: iv, 3: ciphertext, 4: tag2, length } = jwe.split(".");
  if (length !== 5)
    throw new JWEInvalid("Invalid Compact JWE");
  return decryptJWE({
    ciphertext,
    iv: iv || void 0,
    protected: protectedHeader,
    tag: tag2 || void 0,
    encrypted_key: encryptedKey || void 0
  }, shared, key);
}
var init_jwe_decrypt = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jwe_decrypt.js"() {
    init_content_encryption();
    init_validate();
    init_errors();
    init_key_management();
    init_buffer_utils();
    init_key();
    init_jwe_algorithms();
    init_deflate();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/compact/decrypt.js
async function compactDecrypt(jwe, key, options) {
  return decryptCompact(jwe, prepareDecrypt(options), key);
}
var init_decrypt = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/compact/decrypt.js"() {
    init_jwe_decrypt();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/flattened/decrypt.js
async function flattenedDecrypt(jwe, key, options) {
  if (!isObject(jwe))
    throw new JWEInvalid("Flattened JWE must be an object");
  const shared = snapshotSharedJWE(jwe), [recipient, , error] = snapshotRecipientJWE(jwe);
  if (!recipient)
    throw error;
  const snapshot = { ...shared, ...recipient };
  return checkRecipient(snapshot), decryptJWE(snapshot, prepareDecrypt(options), key);
}
var init_decrypt2 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/flattened/decrypt.js"() {
    init_errors();
    init_validate();
    init_jwe_decrypt();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/general/decrypt.js
async function generalDecrypt(jwe, key, options) {
  if (!isObject(jwe))
    throw new JWEInvalid("General JWE must be an object");
  const inputRecipients = jwe.recipients;
  if (!Array.isArray(inputRecipients))
    throw new JWEInvalid("JWE Recipients missing or incorrect type");
  const recipients = Array.from(inputRecipients);
  if (!recipients.every(isObject))
    throw new JWEInvalid("JWE Recipients missing or incorrect type");
  if (!recipients.length)
    throw new JWEInvalid("JWE Recipients has no members");
  const shared = prepareDecrypt(options);
  let sharedJwe, token2;
  try {
    sharedJwe = snapshotSharedJWE(jwe), token2 = shareJWE(sharedJwe);
  } catch {
    throw new JWEDecryptionFailed();
  }
  const recipientSnapshots = recipients.map((recipient) => snapshotRecipientJWE(recipient));
  if (recipients.length > 1)
    for (const [, headerAlg] of recipientSnapshots) {
      const alg = token2[0]?.alg ?? headerAlg ?? sharedJwe.unprotected?.alg, algEntry = typeof alg == "string" ? JWE[alg] : void 0;
      if (algEntry && !isJWECEKTransport(algEntry))
        throw new JWEInvalid(`"${alg}" alg may only have a single recipient`);
    }
  for (const [recipient] of recipientSnapshots)
    if (recipient)
      try {
        const flattened = { ...sharedJwe, ...recipient };
        return checkRecipient(flattened), await decryptJWE(flattened, shared, key, token2);
      } catch {
      }
  throw new JWEDecryptionFailed();
}
var init_decrypt3 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/general/decrypt.js"() {
    init_jwe_decrypt();
    init_errors();
    init_validate();
    init_jwe_algorithms();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jwe_encrypt.js
function checkDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader) {
  if (!isDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader))
    throw new JWEInvalid("JWE Protected, JWE Shared Unprotected and JWE Per-Recipient Header Parameter names must be disjoint");
}
function checkEncryptHeaders(input, options, sharedHeadersNormalized = false) {
  if (!input[1] && !input[2] && !input[3])
    throw new JWEInvalid("either setProtectedHeader, setUnprotectedHeader, or sharedUnprotectedHeader must be called before #encrypt()");
  options !== void 0 && (input[8] = options?.crit);
  let [, protectedHeader, unprotectedHeader, sharedUnprotectedHeader, aad, cek, iv, keyManagementParameters, crit] = input;
  if (aad !== void 0 && assertUint8Array(aad, "JWE Additional Authenticated Data"), cek !== void 0 && assertUint8Array(cek, "JWE Content Encryption Key"), iv !== void 0 && assertUint8Array(iv, "JWE Initialization Vector"), !sharedHeadersNormalized && protectedHeader !== void 0 && (protectedHeader = serializeJoseHeader(JWEInvalid, protectedHeader)[0], input[1] = protectedHeader), unprotectedHeader !== void 0 && (unprotectedHeader = serializeJoseHeader(JWEInvalid, unprotectedHeader)[0], input[2] = unprotectedHeader), !sharedHeadersNormalized && sharedUnprotectedHeader !== void 0 && (sharedUnprotectedHeader = serializeJoseHeader(JWEInvalid, sharedUnprotectedHeader)[0], input[3] = sharedUnprotectedHeader), keyManagementParameters !== void 0 && !isObject(keyManagementParameters))
    throw new TypeError("JWE Key Management Parameters must be an object");
  checkDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader);
  const joseHeader = {
    ...protectedHeader,
    ...unprotectedHeader,
    ...sharedUnprotectedHeader
  };
  validateCritDuplicates(JWEInvalid, protectedHeader), validateCrit(JWEInvalid, JWE_RECOGNIZED, crit, protectedHeader, joseHeader), validateZip(joseHeader, protectedHeader);
  const { alg, enc } = joseHeader;
  if (typeof alg != "string" || !alg)
    throw new JWEInvalid('JWE "alg" (Algorithm) Header Parameter missing or invalid');
  const algEntry = JWE[alg];
  if (algEntry?.mode === "integrated-encryption") {
    if (enc !== void 0)
      throw new JWEInvalid('JWE "enc" (Encryption Algorithm) Header Parameter must not be present for integrated encryption');
    if (cek !== void 0)
      throw new TypeError(`setContentEncryptionKey cannot be called with JWE "alg" (Algorithm) Header ${alg}`);
    if (iv !== void 0)
      throw new TypeError(`setInitializationVector cannot be called with JWE "alg" (Algorithm) Header ${alg}`);
    return [joseHeader, void 0, algEntry];
  }
  if (typeof enc != "string" || !enc)
    throw new JWEInvalid('JWE "enc" (Encryption Algorithm) Header Parameter missing or invalid');
  return [joseHeader, jweEncryption(enc), algEntry];
}
async function encryptJWE(input, checked, key) {
  const [joseHeader, encEntry, selected] = checked, [inputPlaintext, inputProtectedHeader, inputUnprotectedHeader, sharedUnprotectedHeader, aad, providedCek, inputIv, keyManagementParameters, , unprotectedParameters] = input;
  let protectedHeader = inputProtectedHeader, unprotectedHeader = inputUnprotectedHeader;
  const algEntry = selected ?? jweAlgorithm(joseHeader.alg);
  let encryptedKey, parameters, cek;
  algEntry.mode === "integrated-encryption" ? cek = await prepareKey(algEntry, key, "encrypt") : [cek, encryptedKey, parameters] = await encryptKeyManagement(algEntry, encEntry, key, joseHeader, providedCek, keyManagementParameters), parameters && (unprotectedParameters ? unprotectedHeader = unprotectedHeader ? { ...unprotectedHeader, ...parameters } : parameters : protectedHeader = protectedHeader ? { ...protectedHeader, ...parameters } : parameters, checkDisjoint(protectedHeader, unprotectedHeader, sharedUnprotectedHeader));
  const encodedProtectedHeader = protectedHeader ? encode2(JSON.stringify(protectedHeader)) : "", encodedAad = aad?.byteLength ? encode2(aad) : void 0, additionalAuthenticatedData = encode(encodedAad ? `${encodedProtectedHeader}.${encodedAad}` : encodedProtectedHeader);
  let plaintext = inputPlaintext;
  joseHeader.zip === "DEF" && (plaintext = await compress(plaintext).catch((cause) => {
    throw new JWEInvalid("Failed to compress plaintext", { cause });
  }));
  let ciphertext, tag2, iv;
  algEntry.mode === "integrated-encryption" ? [encryptedKey, ciphertext] = await algEntry.encrypt(cek, plaintext, additionalAuthenticatedData, protectedHeader, joseHeader, keyManagementParameters) : { ciphertext, tag: tag2, iv } = await encrypt(encEntry, plaintext, cek, inputIv, additionalAuthenticatedData);
  const jwe = {
    ciphertext: encode2(ciphertext)
  };
  return iv && (jwe.iv = encode2(iv)), tag2 && (jwe.tag = encode2(tag2)), encryptedKey?.byteLength && (jwe.encrypted_key = encode2(encryptedKey)), encodedAad && (jwe.aad = encodedAad), protectedHeader && (jwe.protected = encodedProtectedHeader), sharedUnprotectedHeader && (jwe.unprotected = sharedUnprotectedHeader), unprotectedHeader && (jwe.header = unprotectedHeader), jwe;
}
async function createJWE(input, key, options) {
  return encryptJWE(input, checkEncryptHeaders(input, options), key);
}
function compactJWE(jwe) {
  return [jwe.protected, jwe.encrypted_key, jwe.iv, jwe.ciphertext, jwe.tag].join(".");
}
var init_jwe_encrypt = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jwe_encrypt.js"() {
    init_base64url();
    init_content_encryption();
    init_key_management();
    init_errors();
    init_validate();
    init_buffer_utils();
    init_key();
    init_jwe_algorithms();
    init_deflate();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/general/encrypt.js
var IndividualRecipient, GeneralEncrypt;
var init_encrypt = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/general/encrypt.js"() {
    init_validate();
    init_errors();
    init_content_encryption();
    init_base64url();
    init_jwe_encrypt();
    init_key_management();
    init_jwe_algorithms();
    IndividualRecipient = class {
      #parent;
      state;
      constructor(enc, key, crit) {
        this.#parent = enc, this.state = [void 0, void 0, key, crit];
      }
      setUnprotectedHeader(unprotectedHeader) {
        return assertNotSet(this.state[0], "setUnprotectedHeader"), this.state[0] = unprotectedHeader, this;
      }
      setKeyManagementParameters(parameters) {
        return assertNotSet(this.state[1], "setKeyManagementParameters"), this.state[1] = parameters, this;
      }
      addRecipient(...args) {
        return this.#parent.addRecipient(...args);
      }
      encrypt(...args) {
        return this.#parent.encrypt(...args);
      }
      done() {
        return this.#parent;
      }
    };
    GeneralEncrypt = class {
      #plaintext;
      #recipients = [];
      #protectedHeader;
      #sharedUnprotectedHeader;
      #aad;
      constructor(plaintext) {
        this.#plaintext = plaintext;
      }
      addRecipient(key, options) {
        const recipient = new IndividualRecipient(this, key, options?.crit);
        return this.#recipients.push(recipient), recipient;
      }
      setProtectedHeader(protectedHeader) {
        return assertNotSet(this.#protectedHeader, "setProtectedHeader"), this.#protectedHeader = protectedHeader, this;
      }
      setSharedUnprotectedHeader(sharedUnprotectedHeader) {
        return assertNotSet(this.#sharedUnprotectedHeader, "setSharedUnprotectedHeader"), this.#sharedUnprotectedHeader = sharedUnprotectedHeader, this;
      }
      setAdditionalAuthenticatedData(aad) {
        return this.#aad = aad, this;
      }
      async encrypt() {
        if (!this.#recipients.length)
          throw new JWEInvalid("at least one recipient must be added");
        assertUint8Array(this.#plaintext, "plaintext");
        const multiple = this.#recipients.length > 1;
        let enc, protectedHeader = this.#protectedHeader, sharedUnprotectedHeader = this.#sharedUnprotectedHeader;
        const recipients = [];
        for (const recipient of this.#recipients) {
          const [unprotectedHeader, keyManagementParameters, key, crit] = recipient.state, input = [
            this.#plaintext,
            protectedHeader,
            unprotectedHeader,
            sharedUnprotectedHeader,
            this.#aad,
            void 0,
            void 0,
            keyManagementParameters,
            crit,
            multiple
          ], headers = checkEncryptHeaders(input, void 0, recipients.length > 0);
          recipients.length || (protectedHeader = input[1], sharedUnprotectedHeader = input[3]), recipients.push([input, headers, key]);
          const [{ alg, enc: recipientEnc }, , algEntry] = headers;
          if (multiple && algEntry && !isJWECEKTransport(algEntry))
            throw new JWEInvalid(`"${alg}" alg may only have a single recipient`);
          if (!enc)
            enc = recipientEnc;
          else if (enc !== recipientEnc)
            throw new JWEInvalid('JWE "enc" (Encryption Algorithm) Header Parameter must be the same for all recipients');
        }
        for (const [, headers] of recipients)
          headers[2] ??= jweAlgorithm(headers[0].alg);
        const [firstInput, firstHeaders, firstKey] = recipients[0], cek = multiple ? generateCek(firstHeaders[1]) : void 0;
        firstInput[5] = cek;
        const { encrypted_key, header, ...shared } = await encryptJWE(firstInput, firstHeaders, firstKey), jwe = {
          ...shared,
          recipients: [{}]
        };
        encrypted_key && (jwe.recipients[0].encrypted_key = encrypted_key), header && (jwe.recipients[0].header = header);
        for (let i = 1; i < recipients.length; i++) {
          const [input, [joseHeader, encEntry, algEntry], key] = recipients[i], unprotectedHeader = input[2], [, encryptedKey, parameters] = await encryptKeyManagement(algEntry, encEntry, key, joseHeader, cek, input[7]), target = {
            encrypted_key: encode2(encryptedKey)
          };
          if (unprotectedHeader || parameters) {
            const header2 = { ...unprotectedHeader, ...parameters };
            parameters && checkDisjoint(input[1], header2, input[3]), target.header = header2;
          }
          jwe.recipients.push(target);
        }
        return jwe;
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jws_algorithms.js
function hmac(bits) {
  const subtle = { name: "HMAC", hash: `SHA-${bits}` };
  return { kty: ["oct"], secret: true, subtle, signing: subtle, usages: sig };
}
function rsa(bits, saltLength) {
  const subtle = { name: saltLength ? "RSA-PSS" : "RSASSA-PKCS1-v1_5", hash: `SHA-${bits}` };
  return {
    kty: ["RSA"],
    subtle,
    signing: saltLength ? { ...subtle, saltLength } : subtle,
    usages: sig,
    minRsaBits: 2048
  };
}
function ecdsa(crv, bits) {
  return {
    kty: ["EC"],
    crv,
    subtle: { name: "ECDSA", namedCurve: crv },
    signing: { name: "ECDSA", hash: `SHA-${bits}` },
    usages: sig
  };
}
function eddsa() {
  const subtle = { name: "Ed25519" };
  return {
    kty: ["OKP"],
    crv: "Ed25519",
    subtle,
    signing: subtle,
    usages: sig
  };
}
function mldsa(parameterSet) {
  const subtle = { name: `ML-DSA-${parameterSet}` };
  return {
    kty: ["AKP"],
    subtle,
    signing: subtle,
    usages: sig
  };
}
function jwsAlgorithm(alg) {
  const entry = typeof alg == "string" ? JWS[alg] : void 0;
  if (!entry)
    throw new JOSENotSupported(`alg ${alg} is not supported either by JOSE or your javascript runtime`);
  return entry;
}
var sig, JWS;
var init_jws_algorithms = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jws_algorithms.js"() {
    init_errors();
    init_key_descriptor();
    sig = [["verify"], ["sign"]];
    JWS = table({
      HS256: hmac(256),
      HS384: hmac(384),
      HS512: hmac(512),
      RS256: rsa(256),
      RS384: rsa(384),
      RS512: rsa(512),
      PS256: rsa(256, 32),
      PS384: rsa(384, 48),
      PS512: rsa(512, 64),
      ES256: ecdsa("P-256", 256),
      ES384: ecdsa("P-384", 384),
      ES512: ecdsa("P-521", 512),
      EdDSA: eddsa(),
      Ed25519: eddsa(),
      "ML-DSA-44": mldsa(44),
      "ML-DSA-65": mldsa(65),
      "ML-DSA-87": mldsa(87)
    });
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jws_verify.js
function snapshotJws(jws, sharedPayload) {
  const encodedProtectedHeader = jws.protected, inputHeader = jws.header, header = isObject(inputHeader) ? { ...inputHeader } : inputHeader;
  let payload = sharedPayload ? sharedPayload[0] : jws.payload;
  !sharedPayload && payload instanceof Uint8Array && (payload = new Uint8Array(payload));
  const signature = jws.signature, snapshot = { payload, signature };
  if (encodedProtectedHeader !== void 0 && (snapshot.protected = encodedProtectedHeader), inputHeader !== void 0 && (snapshot.header = header), encodedProtectedHeader === void 0 && header === void 0)
    throw new JWSInvalid('Flattened JWS must have either of the "protected" or "header" members');
  if (encodedProtectedHeader !== void 0 && typeof encodedProtectedHeader != "string")
    throw new JWSInvalid("JWS Protected Header incorrect type");
  if (payload === void 0)
    throw new JWSInvalid("JWS Payload missing");
  if (typeof signature != "string")
    throw new JWSInvalid("JWS Signature missing or incorrect type");
  if (header !== void 0 && !isObject(header))
    throw new JWSInvalid("JWS Unprotected Header incorrect type");
  return snapshot;
}
function prepareVerify(options) {
  return [options && validateAlgorithms("algorithms", options.algorithms), options?.crit];
}
function parseProtectedHeader(encodedProtectedHeader) {
  return encodedProtectedHeader === void 0 ? {} : parseJoseHeader(encodedProtectedHeader, JWSInvalid, "JWS Protected Header is invalid");
}
function encodeJsonUnencodedPayload(payload) {
  const invalid2 = /[\p{Cs}\p{Cn}]/u.exec(payload)?.[0];
  if (invalid2 !== void 0)
    throw new JWSInvalid(new RegExp("\\p{Cs}", "u").test(invalid2) ? "JWS Payload must be a well-formed Unicode string" : "JWS Payload must not contain unassigned Unicode code points");
  return encoder.encode(payload);
}
function encodeCompactUnencodedPayload(payload) {
  try {
    return encode(payload);
  } catch (cause) {
    throw new JWSInvalid("JWS Compact Serialization payload must use only ASCII characters", {
      cause
    });
  }
}
async function verifySignature(jws, shared, key, encodeUnencodedPayload, parsedProtected) {
  const { protected: encodedProtectedHeader, header, payload: inputPayload } = jws, protectedHeader = parsedProtected ?? parseProtectedHeader(encodedProtectedHeader);
  if (!isDisjoint(protectedHeader, header))
    throw new JWSInvalid("JWS Protected and JWS Unprotected Header Parameter names must be disjoint");
  const joseHeader = { ...protectedHeader, ...header }, b64 = validateB64(protectedHeader, validateCrit(JWSInvalid, JWS_RECOGNIZED, shared[1], protectedHeader, joseHeader)), { alg } = joseHeader;
  if (typeof alg != "string" || !alg)
    throw new JWSInvalid('JWS "alg" (Algorithm) Header Parameter missing or invalid');
  if (shared[0] && !shared[0].has(alg))
    throw new JOSEAlgNotAllowed('"alg" (Algorithm) Header Parameter value not allowed');
  if (b64) {
    if (typeof inputPayload != "string")
      throw new JWSInvalid("JWS Payload must be a string");
  } else if (typeof inputPayload != "string" && !(inputPayload instanceof Uint8Array))
    throw new JWSInvalid("JWS Payload must be a string or an Uint8Array instance");
  const signingPayload = b64 || typeof inputPayload != "string" ? inputPayload : encodeUnencodedPayload(inputPayload);
  let resolvedKey = false;
  typeof key == "function" && (key = await key(protectedHeader, jws), resolvedKey = true);
  const entry = jwsAlgorithm(alg), signingInput = concat(encodedProtectedHeader !== void 0 ? encode(encodedProtectedHeader) : new Uint8Array(), encode("."), typeof signingPayload == "string" ? shared[2] ??= encodeAsciiMember(signingPayload, "payload", JWSInvalid) : signingPayload), signature = decodeBase64url(jws.signature, "signature", JWSInvalid), verificationKey = await prepareKey(entry, key, "verify"), cryptoKey = await rawKey(verificationKey, entry.subtle, "verify");
  entry.minRsaBits && checkModulusLength(entry.alg, cryptoKey);
  let verified = false;
  try {
    verified = await crypto.subtle.verify(entry.signing, cryptoKey, signature, signingInput);
  } catch (cause) {
    throw new JWSSignatureVerificationFailed(void 0, { cause });
  }
  if (!verified)
    throw new JWSSignatureVerificationFailed();
  const result = { payload: typeof signingPayload == "string" ? decodeBase64url(signingPayload, "payload", JWSInvalid) : signingPayload };
  return encodedProtectedHeader !== void 0 && (result.protectedHeader = protectedHeader), header !== void 0 && (result.unprotectedHeader = header), resolvedKey ? [{ ...result, key: verificationKey }, b64] : [result, b64];
}
async function verifyCompact(jws, shared, key) {
  if (jws instanceof Uint8Array && (jws = decoder.decode(jws)), typeof jws != "string")
    throw new JWSInvalid("Compact JWS must be a string or Uint8Array");
  const { 0: protectedHeader, 1: payload, 2: signature, length } = jws.split(".");
  if (length !== 3)
    throw new JWSInvalid("Invalid Compact JWS");
  return verifySignature({ payload, protected: protectedHeader, signature }, shared, key, encodeCompactUnencodedPayload);
}
var init_jws_verify = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jws_verify.js"() {
    init_jws_algorithms();
    init_errors();
    init_buffer_utils();
    init_validate();
    init_key();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/compact/verify.js
async function compactVerify(jws, key, options) {
  const [result] = await verifyCompact(jws, prepareVerify(options), key);
  return result;
}
var init_verify = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/compact/verify.js"() {
    init_jws_verify();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/flattened/verify.js
async function flattenedVerify(jws, key, options) {
  if (!isObject(jws))
    throw new JWSInvalid("Flattened JWS must be an object");
  const snapshot = snapshotJws(jws), [result] = await verifySignature(snapshot, prepareVerify(options), key, encodeJsonUnencodedPayload);
  return result;
}
var init_verify2 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/flattened/verify.js"() {
    init_errors();
    init_validate();
    init_jws_verify();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/general/verify.js
function snapshotSignature(signature, payload) {
  try {
    const jws = snapshotJws(signature, [payload]), protectedHeader = parseProtectedHeader(jws.protected), { b64, crit } = protectedHeader;
    return [
      jws,
      protectedHeader,
      Array.isArray(crit) && crit.includes("b64") ? typeof b64 == "boolean" ? b64 ? 1 : 2 : 0 : 1
    ];
  } catch {
    return;
  }
}
async function generalVerify(jws, key, options) {
  if (!isObject(jws))
    throw new JWSInvalid("General JWS must be an object");
  const { signatures, payload: inputPayload } = jws;
  if (!Array.isArray(signatures))
    throw new JWSInvalid("JWS Signatures missing or incorrect type");
  const signatureEntries = Array.from(signatures);
  if (!signatureEntries.every(isObject))
    throw new JWSInvalid("JWS Signatures missing or incorrect type");
  if (inputPayload === void 0)
    throw new JWSSignatureVerificationFailed();
  const shared = prepareVerify(options), payload = inputPayload instanceof Uint8Array ? new Uint8Array(inputPayload) : inputPayload, candidates = signatureEntries.map((signature) => snapshotSignature(signature, payload)).filter((candidate) => candidate !== void 0);
  let payloadEncodings = 0;
  for (const [, , payloadEncoding] of candidates)
    if (payloadEncodings |= payloadEncoding, payloadEncodings === 3)
      throw new JWSInvalid("inconsistent use of JWS Unencoded Payload (RFC7797)");
  for (const candidate of candidates)
    try {
      const [result] = await verifySignature(candidate[0], shared, key, encodeJsonUnencodedPayload, candidate[1]);
      return result;
    } catch {
    }
  throw new JWSSignatureVerificationFailed();
}
var init_verify3 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/general/verify.js"() {
    init_jws_verify();
    init_errors();
    init_validate();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jwt_claims_set.js
function invalidDuration() {
  throw new TypeError("Invalid time period format");
}
function secs(str) {
  typeof str != "string" && invalidDuration();
  const matched = REGEX.exec(str);
  (!matched || matched[4] && matched[1]) && invalidDuration();
  const value = parseFloat(matched[2]), durationSeconds = Math.round(value * multipliers[matched[3][0].toLowerCase()]);
  return Number.isFinite(durationSeconds) || invalidDuration(), matched[1] === "-" || matched[4] === "ago" ? -durationSeconds : durationSeconds;
}
function validateInput(label, input) {
  if (!Number.isFinite(input))
    throw new TypeError(`Invalid ${label} input`);
  return input;
}
function validateStringClaim(claim, value) {
  if (typeof value != "string")
    throw new TypeError(`"${claim}" claim must be a string`);
}
function validateAudienceClaim(value) {
  if (typeof value != "string" && (!Array.isArray(value) || Array.from(value).some((member2) => typeof member2 != "string")))
    throw new TypeError('"aud" claim must be a string or an array of strings');
}
function numericDate(value, label) {
  return typeof value == "number" ? validateInput(label, value) : value instanceof Date ? validateInput(label, epoch(value)) : epoch(/* @__PURE__ */ new Date()) + secs(value);
}
function validateNumericDate(claimsSet, claim, required = false) {
  const value = claimsSet[claim];
  if (!(value === void 0 && !required)) {
    if (typeof value != "number")
      throw new JWTClaimValidationFailed(`"${claim}" claim must be a number`, claimsSet, claim, "invalid");
    return value;
  }
}
function unexpectedClaim(claimsSet, claim) {
  throw new JWTClaimValidationFailed(`unexpected "${claim}" claim value`, claimsSet, claim, checkFailed);
}
function validateClaimsSet(protectedHeader, claimsSetBytes, options = {}) {
  let claimsSet;
  try {
    claimsSet = JSON.parse(strictDecoder.decode(claimsSetBytes));
  } catch (cause) {
    throw new JWTInvalid("JWT Claims Set must be a top-level JSON object", { cause });
  }
  if (!isObject(claimsSet))
    throw new JWTInvalid("JWT Claims Set must be a top-level JSON object");
  const { typ } = options;
  if (typ !== void 0 && (typeof protectedHeader.typ != "string" || normalizeTyp(protectedHeader.typ) !== normalizeTyp(typ)))
    throw new JWTClaimValidationFailed('unexpected "typ" JWT header value', claimsSet, "typ", checkFailed);
  const { requiredClaims = [], issuer, subject, audience, maxTokenAge } = options, presenceCheck = [...requiredClaims];
  maxTokenAge !== void 0 && presenceCheck.push("iat"), audience !== void 0 && presenceCheck.push("aud"), subject !== void 0 && presenceCheck.push("sub"), issuer !== void 0 && presenceCheck.push("iss");
  for (const claim of new Set(presenceCheck.reverse()))
    if (!Object.hasOwn(claimsSet, claim))
      throw new JWTClaimValidationFailed(`missing required "${claim}" claim`, claimsSet, claim, "missing");
  issuer !== void 0 && !(Array.isArray(issuer) ? issuer : [issuer]).includes(claimsSet.iss) && unexpectedClaim(claimsSet, "iss"), subject !== void 0 && claimsSet.sub !== subject && unexpectedClaim(claimsSet, "sub"), audience !== void 0 && !checkAudiencePresence(claimsSet.aud, typeof audience == "string" ? [audience] : audience) && unexpectedClaim(claimsSet, "aud");
  const { clockTolerance } = options;
  let tolerance = 0;
  if (typeof clockTolerance == "string")
    tolerance = secs(clockTolerance);
  else if (clockTolerance !== void 0) {
    if (typeof clockTolerance != "number")
      throw new TypeError("Invalid clockTolerance option type");
    tolerance = clockTolerance;
  }
  if (validateInput("clockTolerance option", tolerance), tolerance < 0)
    throw new TypeError("Invalid clockTolerance option input");
  const { currentDate } = options, now = validateInput("currentDate option", epoch(currentDate === void 0 ? /* @__PURE__ */ new Date() : currentDate)), iat = validateNumericDate(claimsSet, "iat", maxTokenAge !== void 0), nbf = validateNumericDate(claimsSet, "nbf");
  if (nbf !== void 0 && nbf > now + tolerance)
    throw new JWTClaimValidationFailed('"nbf" claim timestamp check failed', claimsSet, "nbf", checkFailed);
  const exp = validateNumericDate(claimsSet, "exp");
  if (exp !== void 0 && exp <= now - tolerance)
    throw new JWTExpired('"exp" claim timestamp check failed', claimsSet, "exp", checkFailed);
  if (maxTokenAge !== void 0) {
    const age = now - iat, max = validateInput("maxTokenAge option", typeof maxTokenAge == "number" ? maxTokenAge : secs(maxTokenAge));
    if (max < 0)
      throw new TypeError("Invalid maxTokenAge option input");
    if (age - tolerance > max)
      throw new JWTExpired('"iat" claim timestamp check failed (too far in the past)', claimsSet, "iat", checkFailed);
    if (age < -tolerance)
      throw new JWTClaimValidationFailed('"iat" claim timestamp check failed (it should be in the past)', claimsSet, "iat", checkFailed);
  }
  return claimsSet;
}
function producerClaimsSet(producer) {
  return producerClaimsSets.get(producer);
}
function jwtClaimsSetBytes(producer) {
  const claimsSet = producerClaimsSet(producer);
  for (const claim of ["iat", "nbf", "exp"]) {
    const value = claimsSet[claim];
    if (typeof value == "number" && !Number.isFinite(value))
      throw new TypeError(`"${claim}" claim must be a finite number`);
  }
  return encoder.encode(JSON.stringify(claimsSet));
}
function jwtClaim(producer, claim) {
  return producerClaimsSet(producer)[claim];
}
var epoch, multipliers, REGEX, checkFailed, normalizeTyp, checkAudiencePresence, producerClaimsSets, JWTClaimsBuilder;
var init_jwt_claims_set = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jwt_claims_set.js"() {
    init_errors();
    init_buffer_utils();
    init_validate();
    epoch = (date) => Math.floor(date.getTime() / 1e3);
    multipliers = {
      s: 1,
      m: 60,
      h: 3600,
      d: 86400,
      w: 604800,
      y: 31557600
    };
    REGEX = /^(\+|\-)? ?(\d+|\d+\.\d+) ?(seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d|weeks?|w|years?|yrs?|y)(?: (ago|from now))?$/i;
    checkFailed = "check_failed";
    normalizeTyp = (value) => {
      const normalized = value.toLowerCase();
      return value.includes("/") ? normalized : `application/${normalized}`;
    };
    checkAudiencePresence = (audPayload, audOption) => typeof audPayload == "string" ? audOption.includes(audPayload) : Array.isArray(audPayload) ? audOption.some((aud) => audPayload.includes(aud)) : false;
    JWTClaimsBuilder = class {
      constructor(claimsSet = {}) {
        if (!isObject(claimsSet))
          throw new TypeError("JWT Claims Set MUST be an object");
        (producerClaimsSets ||= /* @__PURE__ */ new WeakMap()).set(this, structuredClone(claimsSet));
      }
      setIssuer(value) {
        return validateStringClaim("iss", value), producerClaimsSet(this).iss = value, this;
      }
      setSubject(value) {
        return validateStringClaim("sub", value), producerClaimsSet(this).sub = value, this;
      }
      setAudience(value) {
        return validateAudienceClaim(value), producerClaimsSet(this).aud = value, this;
      }
      setJti(value) {
        return validateStringClaim("jti", value), producerClaimsSet(this).jti = value, this;
      }
      setNotBefore(value) {
        return producerClaimsSet(this).nbf = numericDate(value, "setNotBefore"), this;
      }
      setExpirationTime(value) {
        return producerClaimsSet(this).exp = numericDate(value, "setExpirationTime"), this;
      }
      setIssuedAt(value) {
        const claimsSet = producerClaimsSet(this);
        return value === void 0 ? claimsSet.iat = epoch(/* @__PURE__ */ new Date()) : typeof value == "string" ? claimsSet.iat = validateInput("setIssuedAt", epoch(/* @__PURE__ */ new Date()) + secs(value)) : claimsSet.iat = numericDate(value, "setIssuedAt"), this;
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwt/verify.js
async function jwtVerify(jwt2, key, options) {
  const [verified, b64] = await verifyCompact(jwt2, prepareVerify(options), key);
  if (!b64)
    throw new JWTInvalid("JWTs MUST NOT use unencoded payload");
  const payload = validateClaimsSet(verified.protectedHeader, verified.payload, options);
  return { ...verified, payload };
}
var init_verify4 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwt/verify.js"() {
    init_jws_verify();
    init_jwt_claims_set();
    init_errors();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwt/decrypt.js
async function jwtDecrypt(jwt2, key, options) {
  const { plaintext, ...result } = await decryptCompact(jwt2, prepareDecrypt(options), key), { protectedHeader } = result, payload = validateClaimsSet(protectedHeader, plaintext, options);
  for (const claim of ["iss", "sub", "aud"])
    if (protectedHeader[claim] !== void 0 && (claim === "aud" ? JSON.stringify(protectedHeader.aud) !== JSON.stringify(payload.aud) : protectedHeader[claim] !== payload[claim]))
      throw new JWTClaimValidationFailed(`replicated "${claim}" claim header parameter mismatch`, payload, claim, "mismatch");
  return { payload, ...result };
}
var init_decrypt4 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwt/decrypt.js"() {
    init_jwe_decrypt();
    init_jwt_claims_set();
    init_errors();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/compact/encrypt.js
var CompactEncrypt;
var init_encrypt2 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/compact/encrypt.js"() {
    init_validate();
    init_jwe_encrypt();
    CompactEncrypt = class {
      #input;
      constructor(plaintext) {
        assertUint8Array(plaintext, "plaintext"), this.#input = [plaintext];
      }
      setContentEncryptionKey(cek) {
        return assertNotSet(this.#input[5], "setContentEncryptionKey"), this.#input[5] = cek, this;
      }
      setInitializationVector(iv) {
        return assertNotSet(this.#input[6], "setInitializationVector"), this.#input[6] = iv, this;
      }
      setProtectedHeader(protectedHeader) {
        return assertNotSet(this.#input[1], "setProtectedHeader"), this.#input[1] = protectedHeader, this;
      }
      setKeyManagementParameters(parameters) {
        return assertNotSet(this.#input[7], "setKeyManagementParameters"), this.#input[7] = parameters, this;
      }
      async encrypt(key, options) {
        return compactJWE(await createJWE([...this.#input], key, options));
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/flattened/encrypt.js
var FlattenedEncrypt;
var init_encrypt3 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwe/flattened/encrypt.js"() {
    init_validate();
    init_jwe_encrypt();
    FlattenedEncrypt = class {
      #input;
      constructor(plaintext) {
        assertUint8Array(plaintext, "plaintext"), this.#input = [plaintext];
      }
      setKeyManagementParameters(parameters) {
        return assertNotSet(this.#input[7], "setKeyManagementParameters"), this.#input[7] = parameters, this;
      }
      setProtectedHeader(protectedHeader) {
        return assertNotSet(this.#input[1], "setProtectedHeader"), this.#input[1] = protectedHeader, this;
      }
      setSharedUnprotectedHeader(sharedUnprotectedHeader) {
        return assertNotSet(this.#input[3], "setSharedUnprotectedHeader"), this.#input[3] = sharedUnprotectedHeader, this;
      }
      setUnprotectedHeader(unprotectedHeader) {
        return assertNotSet(this.#input[2], "setUnprotectedHeader"), this.#input[2] = unprotectedHeader, this;
      }
      setAdditionalAuthenticatedData(aad) {
        return this.#input[4] = aad, this;
      }
      setContentEncryptionKey(cek) {
        return assertNotSet(this.#input[5], "setContentEncryptionKey"), this.#input[5] = cek, this;
      }
      setInitializationVector(iv) {
        return assertNotSet(this.#input[6], "setInitializationVector"), this.#input[6] = iv, this;
      }
      async encrypt(key, options) {
        return createJWE([...this.#input], key, options);
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jws_sign.js
async function createSignature(input, key, rejectUnencoded) {
  let [payload, protectedHeader, unprotectedHeader, crit] = input, encodedProtectedHeader = "";
  if (protectedHeader !== void 0) {
    const normalized = serializeJoseHeader(JWSInvalid, protectedHeader);
    protectedHeader = normalized[0], encodedProtectedHeader = encode2(normalized[1]);
  }
  if (unprotectedHeader !== void 0 && (unprotectedHeader = serializeJoseHeader(JWSInvalid, unprotectedHeader)[0]), !protectedHeader && !unprotectedHeader)
    throw new JWSInvalid("either setProtectedHeader or setUnprotectedHeader must be called before #sign()");
  if (!isDisjoint(protectedHeader, unprotectedHeader))
    throw new JWSInvalid("JWS Protected and JWS Unprotected Header Parameter names must be disjoint");
  const joseHeader = { ...protectedHeader, ...unprotectedHeader };
  validateCritDuplicates(JWSInvalid, protectedHeader);
  const b64 = validateB64(protectedHeader, validateCrit(JWSInvalid, JWS_RECOGNIZED, crit, protectedHeader, joseHeader));
  b64 || rejectUnencoded?.();
  const { alg } = joseHeader;
  if (typeof alg != "string" || !alg)
    throw new JWSInvalid('JWS "alg" (Algorithm) Header Parameter missing or invalid');
  const entry = jwsAlgorithm(alg);
  let encodedPayload = "", signingPayload = payload, signingInput;
  if (b64) {
    const encodedPayloadCache = input[4];
    encodedPayloadCache ? (encodedPayload = encodedPayloadCache[0] ??= encode2(payload), signingPayload = encodedPayloadCache[1] ??= encode(encodedPayload)) : (encodedPayload = encode2(payload), signingInput = encoder.encode(`${encodedProtectedHeader}.${encodedPayload}`));
  }
  signingInput ??= concat(encode(encodedProtectedHeader), encode("."), signingPayload);
  const signingKey = await rawKey(await prepareKey(entry, key, "sign"), entry.subtle, "sign");
  entry.minRsaBits && checkModulusLength(entry.alg, signingKey);
  const jws = {
    signature: encode2(new Uint8Array(await crypto.subtle.sign(entry.signing, signingKey, signingInput))),
    payload: encodedPayload
  };
  return protectedHeader && (jws.protected = encodedProtectedHeader), unprotectedHeader && (jws.header = unprotectedHeader), [jws, b64];
}
async function createCompactSignature(payload, protectedHeader, crit, key, rejectUnencoded) {
  const [jws] = await createSignature([payload, protectedHeader, void 0, crit], key, rejectUnencoded);
  return `${jws.protected}.${jws.payload}.${jws.signature}`;
}
var init_jws_sign = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/jws_sign.js"() {
    init_base64url();
    init_jws_algorithms();
    init_validate();
    init_errors();
    init_buffer_utils();
    init_key();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/compact/sign.js
var CompactSign;
var init_sign = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/compact/sign.js"() {
    init_jws_sign();
    init_validate();
    CompactSign = class {
      #payload;
      #protectedHeader;
      constructor(payload) {
        assertUint8Array(payload, "payload"), this.#payload = payload;
      }
      setProtectedHeader(protectedHeader) {
        return assertNotSet(this.#protectedHeader, "setProtectedHeader"), this.#protectedHeader = protectedHeader, this;
      }
      async sign(key, options) {
        return createCompactSignature(this.#payload, this.#protectedHeader, options?.crit, key, () => {
          throw new TypeError("use the flattened module for creating JWS with b64: false");
        });
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/flattened/sign.js
var FlattenedSign;
var init_sign2 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/flattened/sign.js"() {
    init_jws_sign();
    init_validate();
    FlattenedSign = class {
      #input;
      constructor(payload) {
        assertUint8Array(payload, "payload"), this.#input = [payload];
      }
      setProtectedHeader(protectedHeader) {
        return assertNotSet(this.#input[1], "setProtectedHeader"), this.#input[1] = protectedHeader, this;
      }
      setUnprotectedHeader(unprotectedHeader) {
        return assertNotSet(this.#input[2], "setUnprotectedHeader"), this.#input[2] = unprotectedHeader, this;
      }
      async sign(key, options) {
        const input = [...this.#input];
        input[3] = options?.crit;
        const [jws] = await createSignature(input, key);
        return jws;
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/general/sign.js
var IndividualSignature, GeneralSign;
var init_sign3 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jws/general/sign.js"() {
    init_jws_sign();
    init_errors();
    init_validate();
    IndividualSignature = class {
      #parent;
      state;
      constructor(sig2, key, options) {
        this.#parent = sig2, this.state = [void 0, void 0, key, options?.crit];
      }
      setProtectedHeader(protectedHeader) {
        return assertNotSet(this.state[0], "setProtectedHeader"), this.state[0] = protectedHeader, this;
      }
      setUnprotectedHeader(unprotectedHeader) {
        return assertNotSet(this.state[1], "setUnprotectedHeader"), this.state[1] = unprotectedHeader, this;
      }
      addSignature(...args) {
        return this.#parent.addSignature(...args);
      }
      sign(...args) {
        return this.#parent.sign(...args);
      }
      done() {
        return this.#parent;
      }
    };
    GeneralSign = class {
      #payload;
      #signatures = [];
      constructor(payload) {
        this.#payload = payload;
      }
      addSignature(key, options) {
        const signature = new IndividualSignature(this, key, options);
        return this.#signatures.push(signature), signature;
      }
      async sign() {
        if (!this.#signatures.length)
          throw new JWSInvalid("at least one signature must be added");
        assertUint8Array(this.#payload, "payload");
        const jws = {
          signatures: [],
          payload: ""
        }, encodedPayloadCache = [];
        let b64;
        for (const signature of this.#signatures) {
          const [protectedHeader, unprotectedHeader, key, crit] = signature.state, [{ payload, ...signatureMembers }, signatureB64] = await createSignature([this.#payload, protectedHeader, unprotectedHeader, crit, encodedPayloadCache], key);
          if (b64 === void 0)
            b64 = signatureB64, jws.payload = payload;
          else if (b64 !== signatureB64)
            throw new JWSInvalid("inconsistent use of JWS Unencoded Payload (RFC7797)");
          jws.signatures.push(signatureMembers);
        }
        return jws;
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwt/sign.js
var SignJWT_base, SignJWT;
var init_sign4 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwt/sign.js"() {
    init_jws_sign();
    init_errors();
    init_jwt_claims_set();
    init_validate();
    SignJWT_base = JWTClaimsBuilder;
    SignJWT = class extends SignJWT_base {
      #protectedHeader;
      setProtectedHeader(protectedHeader) {
        return assertNotSet(this.#protectedHeader, "setProtectedHeader"), this.#protectedHeader = protectedHeader, this;
      }
      async sign(key, options) {
        return createCompactSignature(jwtClaimsSetBytes(this), this.#protectedHeader, options?.crit, key, () => {
          throw new JWTInvalid("JWTs MUST NOT use unencoded payload");
        });
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwt/encrypt.js
var EncryptJWT_base, EncryptJWT;
var init_encrypt4 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwt/encrypt.js"() {
    init_jwe_encrypt();
    init_jwt_claims_set();
    init_validate();
    EncryptJWT_base = JWTClaimsBuilder;
    EncryptJWT = class extends EncryptJWT_base {
      #input = [void 0];
      #replicateIssuerAsHeader;
      #replicateSubjectAsHeader;
      #replicateAudienceAsHeader;
      setProtectedHeader(protectedHeader) {
        return assertNotSet(this.#input[1], "setProtectedHeader"), this.#input[1] = protectedHeader, this;
      }
      setKeyManagementParameters(parameters) {
        return assertNotSet(this.#input[7], "setKeyManagementParameters"), this.#input[7] = parameters, this;
      }
      setContentEncryptionKey(cek) {
        return assertNotSet(this.#input[5], "setContentEncryptionKey"), this.#input[5] = cek, this;
      }
      setInitializationVector(iv) {
        return assertNotSet(this.#input[6], "setInitializationVector"), this.#input[6] = iv, this;
      }
      replicateIssuerAsHeader() {
        return this.#replicateIssuerAsHeader = true, this;
      }
      replicateSubjectAsHeader() {
        return this.#replicateSubjectAsHeader = true, this;
      }
      replicateAudienceAsHeader() {
        return this.#replicateAudienceAsHeader = true, this;
      }
      async encrypt(key, options) {
        const plaintext = jwtClaimsSetBytes(this);
        this.#input[1] && (this.#replicateIssuerAsHeader || this.#replicateSubjectAsHeader || this.#replicateAudienceAsHeader) && (this.#input[1] = {
          ...this.#input[1],
          iss: this.#replicateIssuerAsHeader ? jwtClaim(this, "iss") : void 0,
          sub: this.#replicateSubjectAsHeader ? jwtClaim(this, "sub") : void 0,
          aud: this.#replicateAudienceAsHeader ? jwtClaim(this, "aud") : void 0
        });
        const input = [...this.#input];
        return input[0] = plaintext, compactJWE(await createJWE(input, key, options));
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/key_algorithm.js
function unsupportedAlg(source = 'JWK "alg" (Algorithm) Parameter') {
  throw new JOSENotSupported(`Invalid or unsupported ${source} value`);
}
function keyAlgorithm(alg, source) {
  return (typeof alg == "string" ? JWS[alg] ?? JWE[alg] : void 0) ?? unsupportedAlg(source);
}
var algArgument;
var init_key_algorithm = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/key_algorithm.js"() {
    init_errors();
    init_jws_algorithms();
    init_jwe_algorithms();
    algArgument = '"alg" (Algorithm)';
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/asn1.js
function parseKeyHeader(state, keyFormat) {
  if (expectTag(state, 48, `Invalid ${keyFormat === "spki" ? "SPKI" : "PKCS#8"} structure`), parseLength(state), keyFormat === "pkcs8") {
    expectTag(state, 2, "Expected version field");
    const length = parseLength(state);
    state.pos += length;
  }
  expectTag(state, 48, "Expected algorithm identifier"), parseLength(state);
}
function spkiFromX509(buf) {
  const state = createASN1State(buf);
  expectTag(state, 48, "Invalid certificate structure");
  const certificateLength = parseLength(state);
  if (certificateLength < 0 || state.pos + certificateLength > state.data.length)
    throw new Error("Unexpected end of ASN.1 input");
  expectTag(state, 48, "Invalid tbsCertificate structure"), parseLength(state), buf[state.pos] === 160 ? skipElement(state, 6) : skipElement(state, 5);
  const spkiStart = state.pos;
  expectTag(state, 48, "Invalid SPKI structure");
  const spkiContentLen = parseLength(state);
  return buf.subarray(spkiStart, spkiStart + spkiContentLen + (state.pos - spkiStart));
}
var formatPEM, genericExport, toSPKI, toPKCS8, bytesEqual, createASN1State, readByte, parseLength, skipElement, expectTag, getSubarray, parseAlgorithmOID, parseECAlgorithmIdentifier, genericImport, processPEMData, fromPKCS8, fromSPKI, fromX509;
var init_asn1 = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/lib/asn1.js"() {
    init_key();
    init_buffer_utils();
    init_errors();
    init_key_algorithm();
    formatPEM = (b64, descriptor) => {
      const newlined = (b64.match(/.{1,64}/g) || []).join(`
`);
      return `-----BEGIN ${descriptor}-----
${newlined}
-----END ${descriptor}-----`;
    };
    genericExport = async (keyType, keyFormat, key) => {
      if (isKeyObject(key)) {
        if (key.type !== keyType)
          throw new TypeError(`key is not a ${keyType} key`);
        return key.export({ format: "pem", type: keyFormat });
      }
      if (!isCryptoKey(key))
        throw new TypeError(invalidKeyInput(key, "CryptoKey", "KeyObject"));
      if (!key.extractable)
        throw new TypeError("CryptoKey is not extractable");
      if (key.type !== keyType)
        throw new TypeError(`key is not a ${keyType} key`);
      return formatPEM(encodeBase64(new Uint8Array(await crypto.subtle.exportKey(keyFormat, key))), `${keyType.toUpperCase()} KEY`);
    };
    toSPKI = (key) => genericExport("public", "spki", key);
    toPKCS8 = (key) => genericExport("private", "pkcs8", key);
    bytesEqual = (a, b) => {
      if (a.byteLength !== b.length)
        return false;
      for (let i = 0; i < a.byteLength; i++)
        if (a[i] !== b[i])
          return false;
      return true;
    };
    createASN1State = (data) => ({ data, pos: 0 });
    readByte = (state) => {
      const byte = state.data[state.pos++];
      if (byte === void 0)
        throw new Error("Unexpected end of ASN.1 input");
      return byte;
    };
    parseLength = (state) => {
      const first = readByte(state);
      if (first & 128) {
        const lengthOfLen = first & 127;
        let length = 0;
        for (let i = 0; i < lengthOfLen; i++)
          length = length << 8 | readByte(state);
        return length;
      }
      return first;
    };
    skipElement = (state, count = 1) => {
      for (; count-- > 0; ) {
        state.pos++;
        const length = parseLength(state);
        state.pos += length;
      }
    };
    expectTag = (state, expectedTag, errorMessage) => {
      if (readByte(state) !== expectedTag)
        throw new Error(errorMessage);
    };
    getSubarray = (state, length) => {
      if (length < 0 || state.pos + length > state.data.length)
        throw new Error("Unexpected end of ASN.1 input");
      const result = state.data.subarray(state.pos, state.pos + length);
      return state.pos += length, result;
    };
    parseAlgorithmOID = (state) => {
      expectTag(state, 6, "Expected algorithm OID");
      const oidLen = parseLength(state);
      return getSubarray(state, oidLen);
    };
    parseECAlgorithmIdentifier = (state) => {
      const algOid = parseAlgorithmOID(state);
      if (bytesEqual(algOid, [43, 101, 110]))
        return "X25519";
      if (!bytesEqual(algOid, [42, 134, 72, 206, 61, 2, 1]))
        throw new Error("Unsupported key algorithm");
      expectTag(state, 6, "Expected curve OID");
      const curveOidLen = parseLength(state), curveOid = getSubarray(state, curveOidLen);
      if (bytesEqual(curveOid, [42, 134, 72, 206, 61, 3, 1, 7]))
        return "P-256";
      if (bytesEqual(curveOid, [43, 129, 4, 0, 34]))
        return "P-384";
      if (bytesEqual(curveOid, [43, 129, 4, 0, 35]))
        return "P-521";
      throw new Error("Unsupported named curve");
    };
    genericImport = async (keyFormat, keyData, alg, options) => {
      const extractable = validateExtractableOption(options?.extractable), entry = keyAlgorithm(alg, algArgument);
      entry.secret && unsupportedAlg(algArgument);
      const isPublic = keyFormat === "spki";
      let algorithm2;
      if (entry.resolve)
        try {
          const state = createASN1State(keyData);
          parseKeyHeader(state, keyFormat), algorithm2 = entry.resolve({ crv: parseECAlgorithmIdentifier(state) });
        } catch (cause) {
          throw new JOSENotSupported("Invalid or unsupported key format", { cause });
        }
      else
        algorithm2 = entry.subtle;
      return crypto.subtle.importKey(keyFormat, keyData, algorithm2, extractable ?? isPublic, entry.usages[isPublic ? 0 : 1]);
    };
    processPEMData = (pem, pattern) => decodeBase64(pem.replace(pattern, ""));
    fromPKCS8 = (pem, alg, options) => {
      const keyData = processPEMData(pem, /(?:-----(?:BEGIN|END) PRIVATE KEY-----|\s)/g);
      return genericImport("pkcs8", keyData, alg, options);
    };
    fromSPKI = (pem, alg, options) => {
      const keyData = processPEMData(pem, /(?:-----(?:BEGIN|END) PUBLIC KEY-----|\s)/g);
      return genericImport("spki", keyData, alg, options);
    };
    fromX509 = (pem, alg, options) => {
      let spki;
      try {
        const certificate = processPEMData(pem, /(?:-----(?:BEGIN|END) CERTIFICATE-----|\s)/g);
        spki = spkiFromX509(certificate);
      } catch (cause) {
        throw new TypeError("Failed to parse the X.509 certificate", { cause });
      }
      return genericImport("spki", spki, alg, options);
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/key/export.js
function exportSPKI(key) {
  return toSPKI(key);
}
function exportPKCS8(key) {
  return toPKCS8(key);
}
async function exportJWK(key) {
  if (isKeyObject(key))
    if (key.type === "secret")
      key = key.export();
    else
      return key.export({ format: "jwk" });
  if (key instanceof Uint8Array)
    return {
      kty: "oct",
      k: encode2(key)
    };
  if (!isCryptoKey(key))
    throw new TypeError(invalidKeyInput(key, "CryptoKey", "KeyObject", "Uint8Array"));
  if (!key.extractable)
    throw new TypeError("non-extractable CryptoKey cannot be exported as a JWK");
  const jwk = await crypto.subtle.exportKey("jwk", key);
  delete jwk.ext, delete jwk.key_ops, delete jwk.use, jwk.kty !== "AKP" && delete jwk.alg;
  for (const parameter of Object.keys(jwk))
    jwk[parameter] === void 0 && delete jwk[parameter];
  return jwk;
}
var init_export = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/key/export.js"() {
    init_asn1();
    init_key();
    init_base64url();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwk/thumbprint.js
async function calculateJwkThumbprint(key, digestAlgorithm) {
  let jwk;
  if (isObject(key)) {
    if (jwk = snapshotJwk(key), typeof jwk.kty != "string")
      throw new TypeError(invalidKeyInput(key, "CryptoKey", "KeyObject", "JSON Web Key"));
  } else if (isKeyLike(key))
    jwk = snapshotJwk(await exportJWK(key));
  else
    throw new TypeError(invalidKeyInput(key, "CryptoKey", "KeyObject", "JSON Web Key"));
  if (digestAlgorithm ??= "sha256", digestAlgorithm !== "sha256" && digestAlgorithm !== "sha384" && digestAlgorithm !== "sha512")
    throw new TypeError('digestAlgorithm must one of "sha256", "sha384", or "sha512"');
  let requiredMembers;
  switch (jwk.kty) {
    case "AKP":
      check(jwk.alg, '"alg" (Algorithm) Parameter'), check(jwk.pub, '"pub" (Public key) Parameter'), requiredMembers = { alg: jwk.alg, kty: jwk.kty, pub: jwk.pub };
      break;
    case "EC":
      check(jwk.crv, '"crv" (Curve) Parameter'), check(jwk.x, '"x" (X Coordinate) Parameter'), check(jwk.y, '"y" (Y Coordinate) Parameter'), requiredMembers = { crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y };
      break;
    case "OKP":
      check(jwk.crv, '"crv" (Subtype of Key Pair) Parameter'), check(jwk.x, '"x" (Public Key) Parameter'), requiredMembers = { crv: jwk.crv, kty: jwk.kty, x: jwk.x };
      break;
    case "RSA":
      check(jwk.e, '"e" (Exponent) Parameter'), check(jwk.n, '"n" (Modulus) Parameter'), requiredMembers = { e: jwk.e, kty: jwk.kty, n: jwk.n };
      break;
    case "oct":
      if (typeof jwk.k != "string")
        throw new JWKInvalid('"k" (Key Value) Parameter missing or invalid');
      requiredMembers = { k: jwk.k, kty: jwk.kty };
      break;
    default:
      throw new JOSENotSupported('"kty" (Key Type) Parameter missing or unsupported');
  }
  const thumbprintInput = encode(JSON.stringify(requiredMembers));
  return encode2(await digest(digestAlgorithm, thumbprintInput));
}
async function calculateJwkThumbprintUri(key, digestAlgorithm) {
  digestAlgorithm ??= "sha256";
  const thumbprint = await calculateJwkThumbprint(key, digestAlgorithm);
  return `urn:ietf:params:oauth:jwk-thumbprint:sha-${digestAlgorithm.slice(-3)}:${thumbprint}`;
}
var check;
var init_thumbprint = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwk/thumbprint.js"() {
    init_buffer_utils();
    init_base64url();
    init_errors();
    init_key();
    init_validate();
    init_export();
    check = (value, description) => {
      if (typeof value != "string" || !value)
        throw new JWKInvalid(`${description} missing or invalid`);
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwk/embedded.js
async function EmbeddedJWK(protectedHeader, token2) {
  const joseHeader = {
    ...protectedHeader,
    ...token2?.header
  };
  if (!isObject(joseHeader.jwk))
    throw new JWSInvalid('"jwk" (JSON Web Key) Header Parameter must be a JSON object');
  let jwk;
  try {
    jwk = normalizeJwk(joseHeader.jwk);
  } catch (cause) {
    throw new JWSInvalid("Invalid Embedded JWK", { cause });
  }
  const entry = jwsAlgorithm(joseHeader.alg);
  if (jwk.use !== void 0 && jwk.use !== "sig")
    throw new JWSInvalid('Invalid Embedded JWK, its "use" must be "sig" when present');
  if (jwk.alg !== void 0 && jwk.alg !== entry.alg)
    throw new JWSInvalid(`Invalid Embedded JWK, its "alg" must be "${entry.alg}" when present`);
  const key = await jwkToKey(entry, jwk, true);
  if (key.type !== "public")
    throw new JWSInvalid('"jwk" (JSON Web Key) Header Parameter must be a public key');
  return key;
}
var init_embedded = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwk/embedded.js"() {
    init_key();
    init_jws_algorithms();
    init_validate();
    init_errors();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwks/local.js
function isUsableJWK(jwk, entry, alg, kid) {
  const { kty, key_ops: keyOps, ext, kid: jwkKid, alg: jwkAlg, use, crv } = jwk;
  return (ext === void 0 || typeof ext == "boolean") && (keyOps === void 0 || Array.isArray(keyOps) && keyOps.every((operation, index) => typeof operation == "string" && keyOps.indexOf(operation) === index) && keyOps.includes("verify")) && entry.kty.includes(kty) && (kid === void 0 || typeof kid == "string" && kid === jwkKid) && (jwkAlg === void 0 ? kty !== "AKP" : alg === jwkAlg) && (use === void 0 || use === "sig") && (!entry.crv || crv === entry.crv);
}
async function importWithAlgCache(cache2, jwk, entry) {
  const cached = cache2.get(jwk) || cache2.set(jwk, {}).get(jwk), { alg } = entry;
  if (cached[alg] === void 0) {
    const pending = jwkToKey(entry, jwk, true).then((key) => {
      if (key.type !== "public")
        throw new JWKSInvalid("JSON Web Key Set members must be public keys");
      return cached[alg] = key, key;
    }).catch((error) => {
      throw cached[alg] === pending && delete cached[alg], error;
    });
    cached[alg] = pending;
  }
  return cached[alg];
}
function createLocalJWKSet(jwks) {
  let snapshot;
  try {
    snapshot = structuredClone(jwks);
  } catch (cause) {
    throw new JWKSInvalid("JSON Web Key Set malformed", { cause });
  }
  if (!isJwkSet(snapshot))
    throw new JWKSInvalid("JSON Web Key Set malformed");
  const metadata = snapshot.keys.map((jwk) => {
    const normalized = snapshotJwk(jwk);
    return Array.isArray(normalized.key_ops) && (normalized.key_ops = [...normalized.key_ops]), normalized;
  }), cached = /* @__PURE__ */ new WeakMap();
  return Object.defineProperty(async (protectedHeader, token2) => {
    const { alg, kid } = { ...protectedHeader, ...token2?.header }, entry = typeof alg == "string" ? JWS[alg] : void 0;
    if (!entry || entry.secret)
      throw new JOSENotSupported('Unsupported "alg" value for a JSON Web Key Set');
    const candidates = snapshot.keys.filter((_, index) => isUsableJWK(metadata[index], entry, alg, kid)), { 0: jwk, length } = candidates;
    if (!length)
      throw new JWKSNoMatchingKey();
    if (length !== 1) {
      const error = new JWKSMultipleMatchingKeys();
      throw error[Symbol.asyncIterator] = async function* () {
        for (const jwk2 of candidates)
          try {
            yield await importWithAlgCache(cached, jwk2, entry);
          } catch {
          }
      }, error;
    }
    return importWithAlgCache(cached, jwk, entry);
  }, "jwks", {
    value: () => structuredClone(snapshot)
  });
}
var init_local = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwks/local.js"() {
    init_key();
    init_jws_algorithms();
    init_errors();
    init_validate();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwks/remote.js
function isCloudflareWorkers() {
  return typeof WebSocketPair < "u" || typeof navigator < "u" && navigator.userAgent === "Cloudflare-Workers" || typeof EdgeRuntime < "u" && EdgeRuntime === "vercel";
}
async function fetchJwks(url2, headers, signal, fetchImpl = fetch) {
  const response = await fetchImpl(url2, {
    method: "GET",
    signal,
    redirect: "manual",
    headers
  }).catch((err) => {
    throw err.name === "TimeoutError" ? new JWKSTimeout(void 0, { cause: err }) : err;
  });
  if (response.status !== 200)
    throw new JOSEError("Expected 200 OK from the JSON Web Key Set HTTP response");
  try {
    return await response.json();
  } catch (cause) {
    throw new JOSEError("Failed to parse the JSON Web Key Set HTTP response as JSON", { cause });
  }
}
function isFreshFor(timestamp, duration) {
  return Number.isFinite(timestamp) && Date.now() < timestamp + duration;
}
function validateDuration(value, fallback, option) {
  if (Number.isNaN(value))
    throw new TypeError(`"${option}" option must not be NaN`);
  if (typeof value == "number" && value < 0)
    throw new TypeError(`"${option}" option must not be negative`);
  return typeof value == "number" ? value : fallback;
}
function createRemoteJWKSet(url2, options) {
  if (!(url2 instanceof URL))
    throw new TypeError("url must be an instance of URL");
  const href = new URL(url2.href).href, opts = options ?? {}, timeoutOption = opts.timeoutDuration;
  if (typeof timeoutOption == "number" && (!Number.isInteger(timeoutOption) || timeoutOption < 0))
    throw new TypeError('"timeoutDuration" option must be a non-negative integer');
  const timeoutDuration = typeof timeoutOption == "number" ? timeoutOption : 5e3, cooldownDuration = validateDuration(opts.cooldownDuration, 3e4, "cooldownDuration"), cacheMaxAge = validateDuration(opts.cacheMaxAge, 6e5, "cacheMaxAge"), headers = new Headers(opts.headers);
  USER_AGENT && !headers.has("User-Agent") && headers.set("User-Agent", USER_AGENT), headers.has("accept") || headers.set("accept", "application/json, application/jwk-set+json");
  const fetchImpl = opts[customFetch], cache2 = opts[jwksCache];
  let jwksTimestamp, pendingFetch, reloadSequence = 0, appliedSequence = 0, local;
  if (cache2 && typeof cache2 == "object") {
    const { uat, jwks } = cache2;
    isFreshFor(uat, cacheMaxAge) && isJwkSet(jwks) && (jwksTimestamp = uat, local = createLocalJWKSet(jwks));
  }
  const reload = async () => {
    if (pendingFetch && isCloudflareWorkers() && (pendingFetch = void 0), !pendingFetch) {
      const sequence = ++reloadSequence, current = pendingFetch = fetchJwks(href, headers, AbortSignal.timeout(timeoutDuration), fetchImpl).then((json) => {
        const next = createLocalJWKSet(json);
        if (sequence <= appliedSequence)
          return;
        local = next;
        const updatedAt = Date.now();
        cache2 && (cache2.uat = updatedAt, cache2.jwks = json), jwksTimestamp = updatedAt, appliedSequence = sequence;
      }).finally(() => {
        pendingFetch === current && (pendingFetch = void 0);
      });
    }
    await pendingFetch;
  };
  return Object.defineProperties(async (protectedHeader, token2) => {
    (!local || !isFreshFor(jwksTimestamp, cacheMaxAge)) && await reload();
    try {
      return await local(protectedHeader, token2);
    } catch (err) {
      if (err instanceof JWKSNoMatchingKey && !isFreshFor(jwksTimestamp, cooldownDuration))
        return await reload(), local(protectedHeader, token2);
      throw err;
    }
  }, {
    coolingDown: {
      get: () => isFreshFor(jwksTimestamp, cooldownDuration),
      enumerable: true
    },
    fresh: {
      get: () => isFreshFor(jwksTimestamp, cacheMaxAge),
      enumerable: true
    },
    reload: {
      value: reload,
      enumerable: true
    },
    reloading: {
      get: () => !!pendingFetch,
      enumerable: true
    },
    jwks: {
      value: () => local?.jwks(),
      enumerable: true
    }
  });
}
var USER_AGENT, customFetch, jwksCache;
var init_remote = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwks/remote.js"() {
    init_errors();
    init_local();
    init_validate();
    (typeof navigator > "u" || !navigator.userAgent?.startsWith?.("Mozilla/5.0 ")) && (USER_AGENT = "jose/v6.2.17");
    customFetch = /* @__PURE__ */ Symbol();
    jwksCache = /* @__PURE__ */ Symbol();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwt/unsecured.js
var UnsecuredJWT_base, UnsecuredJWT;
var init_unsecured = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/jwt/unsecured.js"() {
    init_base64url();
    init_validate();
    init_errors();
    init_jwt_claims_set();
    UnsecuredJWT_base = JWTClaimsBuilder;
    UnsecuredJWT = class extends UnsecuredJWT_base {
      encode() {
        const encodedProtectedHeader = encode2(JSON.stringify({ alg: "none" })), encodedPayload = encode2(jwtClaimsSetBytes(this));
        return `${encodedProtectedHeader}.${encodedPayload}.`;
      }
      static decode(jwt2, options) {
        if (typeof jwt2 != "string")
          throw new JWTInvalid("Unsecured JWT must be a string");
        const { 0: encodedHeader, 1: encodedPayload, 2: signature, length } = jwt2.split(".");
        if (length !== 3 || signature !== "")
          throw new JWTInvalid("Invalid Unsecured JWT");
        let header, b64;
        try {
          header = parseJoseHeader(encodedHeader, JWSInvalid, "JWS Protected Header is invalid");
          const extensions = validateCrit(JWSInvalid, JWS_RECOGNIZED, void 0, header, header);
          b64 = validateB64(header, extensions);
        } catch (cause) {
          throw cause instanceof JWSInvalid ? new JWTInvalid("Invalid Unsecured JWT", { cause }) : cause;
        }
        if (header.alg !== "none")
          throw new JWTInvalid("Invalid Unsecured JWT");
        if (!b64)
          throw new JWTInvalid("JWTs MUST NOT use unencoded payload");
        return { payload: validateClaimsSet(header, decodeBase64url(encodedPayload, "payload", JWTInvalid), options), header };
      }
    };
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/key/import.js
async function importSPKI(spki, alg, options) {
  if (typeof spki != "string" || spki.indexOf("-----BEGIN PUBLIC KEY-----") !== 0)
    throw new TypeError('"spki" must be SPKI formatted string');
  return fromSPKI(spki, alg, options);
}
async function importX509(x509, alg, options) {
  if (typeof x509 != "string" || x509.indexOf("-----BEGIN CERTIFICATE-----") !== 0)
    throw new TypeError('"x509" must be X.509 formatted string');
  return fromX509(x509, alg, options);
}
async function importPKCS8(pkcs8, alg, options) {
  if (typeof pkcs8 != "string" || pkcs8.indexOf("-----BEGIN PRIVATE KEY-----") !== 0)
    throw new TypeError('"pkcs8" must be PKCS#8 formatted string');
  return fromPKCS8(pkcs8, alg, options);
}
async function importJWK(jwk, alg, options) {
  if (!isObject(jwk))
    throw new TypeError("JWK must be an object");
  const normalized = normalizeJwk(jwk), extractable = validateExtractableOption(options?.extractable), { alg: jwkAlg } = normalized;
  if (alg ??= jwkAlg, normalized.kty !== "oct" && !alg)
    throw new TypeError('"alg" argument is required when "jwk.alg" is not present');
  switch (normalized.kty) {
    case "oct":
      if (typeof normalized.k != "string")
        throw new TypeError('missing "k" (Key Value) Parameter value');
      return decode(normalized.k);
    case "AKP": {
      if (typeof jwkAlg != "string" || !jwkAlg)
        throw new TypeError('missing "alg" (Algorithm) Parameter value');
      if (alg !== jwkAlg)
        throw new TypeError("JWK alg and alg option value mismatch");
      return jwkToKey(keyAlgorithm(alg), normalized, extractable);
    }
    case "RSA":
    case "EC":
    case "OKP":
      return jwkToKey(keyAlgorithm(alg), normalized, extractable);
    default:
      throw new JOSENotSupported('Unsupported "kty" (Key Type) Parameter value');
  }
}
var init_import = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/key/import.js"() {
    init_base64url();
    init_asn1();
    init_key();
    init_key_algorithm();
    init_errors();
    init_validate();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/util/decode_protected_header.js
function decodeProtectedHeader(token2) {
  let encodedProtectedHeader;
  if (typeof token2 == "string") {
    const parts = token2.split(".");
    (parts.length === 3 || parts.length === 5) && ([encodedProtectedHeader] = parts);
  } else if (typeof token2 == "object" && token2)
    if ("protected" in token2)
      encodedProtectedHeader = token2.protected;
    else
      throw new TypeError("Token does not contain a Protected Header");
  const invalid2 = "Invalid Token or Protected Header formatting";
  if (typeof encodedProtectedHeader != "string" || !encodedProtectedHeader)
    throw new TypeError(invalid2);
  return parseJoseHeader(encodedProtectedHeader, TypeError, invalid2);
}
var init_decode_protected_header = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/util/decode_protected_header.js"() {
    init_validate();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/util/decode_jwt.js
function decodeJwt(jwt2) {
  if (typeof jwt2 != "string")
    throw new JWTInvalid("JWTs must use Compact JWS serialization, JWT must be a string");
  const { 1: encodedPayload, length } = jwt2.split(".");
  if (length === 5)
    throw new JWTInvalid("Only JWTs using Compact JWS serialization can be decoded");
  if (length !== 3)
    throw new JWTInvalid("Invalid JWT");
  if (!encodedPayload)
    throw new JWTInvalid("JWTs must contain a payload");
  let claimsSetBytes;
  try {
    claimsSetBytes = decode(encodedPayload);
  } catch (cause) {
    throw new JWTInvalid("Failed to base64url decode the payload", { cause });
  }
  let claimsSet;
  try {
    claimsSet = JSON.parse(strictDecoder.decode(claimsSetBytes));
  } catch (cause) {
    throw new JWTInvalid("Failed to parse the decoded payload as JSON", { cause });
  }
  if (!isObject(claimsSet))
    throw new JWTInvalid("Invalid JWT Claims Set");
  return claimsSet;
}
var init_decode_jwt = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/util/decode_jwt.js"() {
    init_base64url();
    init_buffer_utils();
    init_validate();
    init_errors();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/key/generate_key_pair.js
function getModulusLengthOption(options) {
  const modulusLength = options?.modulusLength ?? 2048;
  if (typeof modulusLength != "number" || !Number.isInteger(modulusLength) || modulusLength < 2048)
    throw new JOSENotSupported("Invalid or unsupported modulusLength option provided, 2048 bits or larger keys must be used");
  return modulusLength;
}
async function generateKeyPair(alg, options) {
  const extractable = validateExtractableOption(options?.extractable), entry = keyAlgorithm(alg, algArgument);
  entry.secret && unsupportedAlg(algArgument);
  let algorithm2;
  if (entry.resolve) {
    const crv = options?.crv ?? "P-256";
    if (!["P-256", "P-384", "P-521", "X25519"].includes(crv))
      throw new JOSENotSupported("Invalid or unsupported crv option provided, supported values are P-256, P-384, P-521, and X25519");
    algorithm2 = entry.resolve({ crv });
  } else {
    if (entry.crv !== void 0 && options?.crv !== void 0 && options.crv !== entry.crv)
      throw new JOSENotSupported(`Invalid or unsupported crv option provided, the only supported value for ${alg} is ${entry.crv}`);
    algorithm2 = entry.kty[0] === "RSA" ? {
      ...entry.subtle,
      publicExponent: Uint8Array.of(1, 0, 1),
      modulusLength: getModulusLengthOption(options)
    } : entry.subtle;
  }
  return crypto.subtle.generateKey(algorithm2, extractable ?? false, [
    ...entry.usages[1],
    ...entry.usages[0]
  ]);
}
var init_generate_key_pair = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/key/generate_key_pair.js"() {
    init_errors();
    init_key();
    init_key_algorithm();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/key/generate_secret.js
async function generateSecret(alg, options) {
  const extractable = validateExtractableOption(options?.extractable);
  let keyLengthBits, algorithm2, keyUsages;
  switch (alg) {
    case "HS256":
    case "HS384":
    case "HS512":
      keyLengthBits = +alg.slice(-3), algorithm2 = { name: "HMAC", hash: `SHA-${keyLengthBits}`, length: keyLengthBits }, keyUsages = ["sign", "verify"];
      break;
    case "A128CBC-HS256":
    case "A192CBC-HS384":
    case "A256CBC-HS512":
      return crypto.getRandomValues(new Uint8Array(+alg.slice(-3) >> 3));
    case "A128KW":
    case "A192KW":
    case "A256KW":
      keyLengthBits = +alg.slice(1, 4), algorithm2 = { name: "AES-KW", length: keyLengthBits }, keyUsages = ["wrapKey", "unwrapKey"];
      break;
    case "A128GCMKW":
    case "A192GCMKW":
    case "A256GCMKW":
    case "A128GCM":
    case "A192GCM":
    case "A256GCM":
      keyLengthBits = +alg.slice(1, 4), algorithm2 = { name: "AES-GCM", length: keyLengthBits }, keyUsages = ["encrypt", "decrypt"];
      break;
    default:
      unsupportedAlg(algArgument);
  }
  return crypto.subtle.generateKey(algorithm2, extractable ?? false, keyUsages);
}
var init_generate_secret = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/key/generate_secret.js"() {
    init_key_algorithm();
    init_key();
  }
});

// node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/index.js
var webapi_exports = {};
__export(webapi_exports, {
  CompactEncrypt: () => CompactEncrypt,
  CompactSign: () => CompactSign,
  EmbeddedJWK: () => EmbeddedJWK,
  EncryptJWT: () => EncryptJWT,
  FlattenedEncrypt: () => FlattenedEncrypt,
  FlattenedSign: () => FlattenedSign,
  GeneralEncrypt: () => GeneralEncrypt,
  GeneralSign: () => GeneralSign,
  SignJWT: () => SignJWT,
  UnsecuredJWT: () => UnsecuredJWT,
  base64url: () => base64url_exports,
  calculateJwkThumbprint: () => calculateJwkThumbprint,
  calculateJwkThumbprintUri: () => calculateJwkThumbprintUri,
  compactDecrypt: () => compactDecrypt,
  compactVerify: () => compactVerify,
  createLocalJWKSet: () => createLocalJWKSet,
  createRemoteJWKSet: () => createRemoteJWKSet,
  cryptoRuntime: () => cryptoRuntime,
  customFetch: () => customFetch,
  decodeJwt: () => decodeJwt,
  decodeProtectedHeader: () => decodeProtectedHeader,
  errors: () => errors_exports,
  exportJWK: () => exportJWK,
  exportPKCS8: () => exportPKCS8,
  exportSPKI: () => exportSPKI,
  flattenedDecrypt: () => flattenedDecrypt,
  flattenedVerify: () => flattenedVerify,
  generalDecrypt: () => generalDecrypt,
  generalVerify: () => generalVerify,
  generateKeyPair: () => generateKeyPair,
  generateSecret: () => generateSecret,
  importJWK: () => importJWK,
  importPKCS8: () => importPKCS8,
  importSPKI: () => importSPKI,
  importX509: () => importX509,
  jwksCache: () => jwksCache,
  jwtDecrypt: () => jwtDecrypt,
  jwtVerify: () => jwtVerify
});
var cryptoRuntime;
var init_webapi = __esm({
  "node_modules/.pnpm/jose@6.2.17/node_modules/jose/dist/webapi/index.js"() {
    init_decrypt();
    init_decrypt2();
    init_decrypt3();
    init_encrypt();
    init_verify();
    init_verify2();
    init_verify3();
    init_verify4();
    init_decrypt4();
    init_encrypt2();
    init_encrypt3();
    init_sign();
    init_sign2();
    init_sign3();
    init_sign4();
    init_encrypt4();
    init_thumbprint();
    init_embedded();
    init_local();
    init_remote();
    init_unsecured();
    init_export();
    init_import();
    init_decode_protected_header();
    init_decode_jwt();
    init_errors();
    init_generate_key_pair();
    init_generate_secret();
    init_base64url();
    cryptoRuntime = "WebCryptoAPI";
  }
});

// packages/client/src/dpop.ts
var dpop_exports = {};
__export(dpop_exports, {
  bound: () => bound,
  createProofKey: () => createProofKey
});
async function createProofKey(clock) {
  const { exportJWK: exportJWK2, generateKeyPair: generateKeyPair2, SignJWT: SignJWT2 } = await Promise.resolve().then(() => (init_webapi(), webapi_exports)).catch((cause) => {
    throw new TypeError("A token that is bound to a key needs the package jose: npm install jose", { cause });
  });
  const { privateKey, publicKey } = await generateKeyPair2(algorithm);
  const jwk = await exportJWK2(publicKey);
  const nonces = /* @__PURE__ */ new Map();
  return {
    prove: async (method, url2, token2) => {
      const nonce = nonces.get(url2.origin);
      const claims = {
        jti: crypto.randomUUID(),
        htm: method,
        // Without query and fragment (RFC 9449 §4.2).
        htu: url2.origin + url2.pathname,
        iat: Math.floor(clock.now() / 1e3),
        ...token2 === void 0 ? {} : { ath: await digest2(token2) },
        ...nonce === void 0 ? {} : { nonce }
      };
      const proof = new SignJWT2(claims).setProtectedHeader({ alg: algorithm, typ: "dpop+jwt", jwk });
      return { dpop: await proof.sign(privateKey) };
    },
    learn: (answer, url2) => {
      const nonce = answer.headers.get("dpop-nonce");
      if (nonce === null || nonces.get(url2.origin) === nonce) return false;
      nonces.set(url2.origin, nonce);
      return answer.status === 400 || answer.status === 401;
    }
  };
}
function bound(token2, key) {
  let last;
  return {
    token: token2,
    headers: async (method, url2) => {
      last = url2;
      return { authorization: `DPoP ${token2}`, ...await key.prove(method, url2, token2) };
    },
    mustRepeat: (answer) => last !== void 0 && key.learn(answer, last)
  };
}
async function digest2(token2) {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token2));
  const base64 = btoa(String.fromCharCode(...new Uint8Array(bytes)));
  return base64.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
var algorithm;
var init_dpop = __esm({
  "packages/client/src/dpop.ts"() {
    "use strict";
    algorithm = "ES256";
  }
});

// packages/client/src/job.ts
var thisJob = Object.freeze({
  // A getter: a variable that is set later counts.
  get env() {
    return process.env;
  },
  fetch: (input, init) => fetch(input, init),
  clock: Object.freeze({ now: () => Date.now(), sleep }),
  run: async (program, args, signal) => {
    const { execFile } = await import("node:child_process");
    return new Promise((resolve, reject) => {
      execFile(program, [...args], { signal, maxBuffer: maxOutput }, (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new Error(`${program} failed: ${stderr.trim() || String(error.code)}`));
      });
    });
  },
  readFile: async (path) => (await import("node:fs/promises")).readFile(path, "utf8"),
  post: async ({ socket, path, body }, signal) => {
    const { request } = await import("node:http");
    const headers = { "content-type": "application/json", "content-length": new TextEncoder().encode(body).length };
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: socket, path, method: "POST", headers, signal }, (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (part) => {
          text += part;
          if (text.length > maxOutput) answer.destroy(new Error("the answer is too long"));
        });
        answer.once("error", reject).once("end", () => {
          if (answer.statusCode === 200) resolve(text);
          else reject(new Error(`${socket} answered ${answer.statusCode}`));
        });
      });
      sent.once("error", reject).end(body);
    });
  },
  // oxlint-disable-next-line no-console -- runners read commands from standard output
  print: (line) => console.log(line)
});
var maxOutput = 65536;
function sleep(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const timer = setTimeout(done, milliseconds);
    function abort() {
      clearTimeout(timer);
      reject(signal?.reason);
    }
    function done() {
      signal?.removeEventListener("abort", abort);
      resolve();
    }
    signal?.addEventListener("abort", abort, { once: true });
  });
}
async function within(clock, seconds, work) {
  const [late, done] = [new AbortController(), new AbortController()];
  void clock.sleep(seconds * 1e3, done.signal).then(
    () => late.abort(new DOMException(`took longer than ${seconds} s`, "TimeoutError")),
    () => {
    }
  );
  try {
    return await abortable(work(late.signal), late.signal);
  } finally {
    done.abort();
  }
}
function abortable(promise, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

// packages/client/src/errors.ts
var NotInCiError = class extends Error {
  /** The name of the class. */
  name = "NotInCiError";
  /** Stable, for programs: `'not_in_ci'`. */
  code = "not_in_ci";
  /** @internal */
  constructor() {
    super(
      "No CI platform was found that gives this process an OIDC token. Set JOBPASS_ID_TOKEN or JOBPASS_ID_TOKEN_FILE to use a token that you have"
    );
  }
};
var TokenUnavailableError = class extends Error {
  /** The name of the class. */
  name = "TokenUnavailableError";
  /** Stable, for programs: `'token_unavailable'`. */
  code = "token_unavailable";
  /** The platform's id, such as `'github-actions'`. */
  provider;
  /** The line to add to the job, or what else helps. */
  fix;
  /** @internal */
  constructor(platform, reason, fix, cause) {
    super(`${platform.title}: ${reason}. ${fix}`, cause === void 0 ? {} : { cause });
    this.provider = platform.id;
    this.fix = fix;
  }
};
var OriginError = class extends TypeError {
  /** The name of the class. */
  name = "OriginError";
  /** Stable, for programs: `'origin_mismatch'`. */
  code = "origin_mismatch";
};
var RefusedError = class extends Error {
  /** The name of the class. */
  name = "RefusedError";
  /** The API's stable code, such as `'workload_forbidden'`; `undefined` if the answer has none. */
  code;
  /** The HTTP status. */
  status;
  /** The checks that failed, if the API lists them. */
  checks;
  /** @internal */
  constructor(status, { code, detail, checks = [] }) {
    const reasons = checks.map(({ field, operator, actual, expected, hint }) => {
      const wanted = expected === void 0 ? "" : `, wanted ${operator} ${formatValue(expected)}`;
      return `${plain(field)} is ${formatValue(actual)}${wanted}${hint === void 0 ? "" : ` (${plain(hint)})`}`;
    });
    super([`${status} ${plain(code ?? "refused")}: ${plain(detail ?? "The job was refused.")}`, ...reasons].join(" "));
    this.code = code;
    this.status = status;
    this.checks = checks;
  }
};
var longest = 300;
function plain(text) {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ").slice(0, longest);
}
function formatValue(value) {
  return plain(JSON.stringify(value) ?? "absent");
}

// packages/client/src/http.ts
var EndpointError = class extends Error {
  name = "EndpointError";
  /** Whether the same request may succeed later. */
  temporary;
  /** Seconds after which to try again, if the endpoint says so. */
  retryAfter;
  constructor(message2, temporary, retryAfter, cause) {
    super(message2, cause === void 0 ? {} : { cause });
    this.temporary = temporary;
    this.retryAfter = retryAfter;
  }
};
async function send({ job, signal }, url2, init = {}) {
  try {
    const answer = await job.fetch(url2, { ...init, redirect: "manual", signal });
    const { ok, status, headers } = answer;
    if (ok) return await readText(answer);
    await answer.body?.cancel();
    const temporary = status === 429 || status >= 500;
    throw new EndpointError(`the endpoint for tokens answered ${status}`, temporary, retryAfterOf(headers));
  } catch (error) {
    if (error instanceof EndpointError) throw error;
    if (signal.aborted) throw signal.reason;
    throw new EndpointError("the endpoint for tokens does not answer", true, void 0, error);
  }
}
function member(text, ...names4) {
  let value;
  try {
    value = JSON.parse(text);
    for (const name of names4) value = value[name];
  } catch {
    value = void 0;
  }
  if (typeof value !== "string") throw new EndpointError(`the answer has no ${names4.join(".")}`, false);
  return value;
}
async function readText(answer) {
  let text = "";
  const decoder2 = new TextDecoder();
  for await (const part of answer.body ?? []) {
    text += decoder2.decode(part, { stream: true });
    if (text.length > maxOutput) throw new RangeError("the answer is too long");
  }
  return text + decoder2.decode();
}
function retryAfterOf(headers) {
  const value = headers.get("retry-after") ?? "";
  return /^\d{1,4}$/.test(value) ? Number(value) : void 0;
}

// packages/client/src/platform.ts
function isSet(name) {
  return (env) => Boolean(env[name]);
}
function valueOf(env, name) {
  return env[name] ?? "";
}

// packages/client/src/platforms/commands.ts
var circleci = {
  id: "circleci",
  title: "CircleCI",
  offers: isSet("CIRCLE_OIDC_TOKEN_V2"),
  runs: (env) => env["CIRCLECI"] === "true",
  fix: () => "Let self-hosted runners write to their temporary folder",
  request: ({ audience, job, signal }) => job.run("circleci", ["run", "oidc", "get", "--claims", JSON.stringify({ aud: audience })], signal)
};
var buildkite = {
  id: "buildkite",
  title: "Buildkite",
  offers: isSet("BUILDKITE_AGENT_ACCESS_TOKEN"),
  runs: (env) => env["BUILDKITE"] === "true",
  fix: () => "In a container, add 'mount-buildkite-agent: true' to the Docker plugin",
  request: ({ audience, job, signal }) => {
    const claims = ["--claim", "organization_id,pipeline_id"];
    return job.run("buildkite-agent", ["oidc", "request-token", "--audience", audience, ...claims], signal);
  }
};
var spiffe = {
  id: "spiffe",
  title: "SPIFFE",
  offers: isSet("SPIFFE_ENDPOINT_SOCKET"),
  fix: () => "Install spire-agent where the job runs, and register the workload",
  request: async ({ audience, job, signal }) => {
    const output = await job.run(
      "spire-agent",
      ["api", "fetch", "jwt", "-audience", audience, "-output", "json"],
      signal
    );
    return member(output, "0", "svids", "0", "svid");
  }
};
var aws = {
  id: "aws",
  title: "AWS",
  offers: isSet("CODEBUILD_BUILD_ID"),
  fix: () => "Allow the project's role sts:GetWebIdentityToken",
  request: async ({ audience, job, signal }) => {
    const options = ["--audience", audience, "--signing-algorithm", "ES384", "--output", "json"];
    return member(await job.run("aws", ["sts", "get-web-identity-token", ...options], signal), "WebIdentityToken");
  }
};

// packages/client/src/platforms/endpoints.ts
var azureDevops = {
  id: "azure-devops",
  title: "Azure DevOps",
  offers: (env) => isSet("SYSTEM_OIDCREQUESTURI")(env) && isSet("SYSTEM_ACCESSTOKEN")(env),
  runs: (env) => env["TF_BUILD"] === "True",
  fix: () => "Add to the step: env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }. The audience of its tokens is api://AzureADTokenExchange, and cannot be chosen",
  request: async (request) => {
    const { env } = request.job;
    const headers = {
      authorization: `Bearer ${valueOf(env, "SYSTEM_ACCESSTOKEN")}`,
      "content-type": "application/json",
      // Without it, a bad access token is answered with a page to sign in.
      "x-tfs-fedauthredirect": "Suppress"
    };
    const url2 = `${valueOf(env, "SYSTEM_OIDCREQUESTURI")}?api-version=7.1`;
    return member(await send(request, url2, { method: "POST", headers, body: "" }), "oidcToken");
  },
  mask: (secret) => `##vso[task.setsecret]${secret}`
};
var googleCloud = {
  id: "google-cloud",
  title: "Google Cloud",
  offers: (env) => ["GCE_METADATA_HOST", "K_SERVICE", "CLOUD_RUN_JOB"].some((name) => isSet(name)(env)),
  fix: () => "Give the service or the machine a service account",
  request: (request) => {
    const host = request.job.env["GCE_METADATA_HOST"] || "metadata.google.internal";
    const query = `audience=${encodeURIComponent(request.audience)}&format=full`;
    const url2 = `http://${host}/computeMetadata/v1/instance/service-accounts/default/identity?${query}`;
    return send(request, url2, { headers: { "metadata-flavor": "Google" } });
  }
};
var microsoftEntra = {
  id: "microsoft-entra",
  title: "Microsoft Entra",
  offers: (env) => isSet("IDENTITY_ENDPOINT")(env) && isSet("IDENTITY_HEADER")(env),
  fix: (audience) => `Give the app a managed identity, and register ${audience} as an application of your tenant`,
  request: async (request) => {
    const { env } = request.job;
    const query = `resource=${encodeURIComponent(request.audience)}&api-version=2019-08-01`;
    const headers = { "x-identity-header": valueOf(env, "IDENTITY_HEADER") };
    return member(await send(request, `${valueOf(env, "IDENTITY_ENDPOINT")}?${query}`, { headers }), "access_token");
  }
};
var vercel = {
  id: "vercel",
  title: "Vercel",
  offers: isSet("VERCEL_OIDC_TOKEN"),
  runs: (env) => env["VERCEL"] === "1",
  fix: () => "Enable secure backend access with OIDC in the settings of the project",
  request: async (request) => {
    const body = JSON.stringify({ token: valueOf(request.job.env, "VERCEL_OIDC_TOKEN"), aud: request.audience });
    const headers = { "content-type": "application/json" };
    return member(await send(request, "https://oidc.vercel.com/~token", { method: "POST", headers, body }), "token");
  }
};

// packages/client/src/platforms/files.ts
function inFile(variable, row) {
  return {
    ...row,
    offers: isSet(variable),
    request: ({ job }) => job.readFile(valueOf(job.env, variable))
  };
}
var givenFile = inFile("JOBPASS_ID_TOKEN_FILE", {
  id: "given-file",
  title: "JOBPASS_ID_TOKEN_FILE",
  fix: (audience) => `Let the file hold a token with the audience ${audience}`
});
var renderServices = {
  ...inFile("AWS_WEB_IDENTITY_TOKEN_FILE", {
    id: "render-services",
    title: "Render",
    runs: (env) => env["RENDER"] === "true",
    fix: () => "Set AWS_ROLE_ARN to any value; the audience of its tokens is sts.amazonaws.com, and cannot be chosen"
  }),
  // Kubernetes clusters of AWS set the same variable.
  offers: (env) => env["RENDER"] === "true" && Boolean(env["AWS_WEB_IDENTITY_TOKEN_FILE"])
};
var kubernetes = {
  id: "kubernetes",
  title: "Kubernetes",
  // The token for the cluster's own API is never sent elsewhere.
  offers: () => false,
  runs: isSet("KUBERNETES_SERVICE_HOST"),
  fix: (audience) => `Add a projected volume with serviceAccountToken: { audience: '${audience}', path: token }, and set JOBPASS_ID_TOKEN_FILE to its path`,
  request: () => Promise.reject(new Error("no token"))
};

// packages/client/src/platforms/request-endpoint.ts
var [url, token] = ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];
var endpoint = {
  offers: (env) => isSet(url)(env) && isSet(token)(env),
  request: async (request) => {
    const { env } = request.job;
    const address = `${valueOf(env, url)}&audience=${encodeURIComponent(request.audience)}`;
    const headers = { authorization: `Bearer ${valueOf(env, token)}`, accept: "application/json" };
    return member(await send(request, address, { headers }), "value");
  },
  mask: (secret) => `::add-mask::${secret}`
};
var permissions = "Add 'permissions: id-token: write' to the job";
var isForgejo = (env) => env["FORGEJO_ACTIONS"] === "true";
var forgejoActions = {
  id: "forgejo-actions",
  title: "Forgejo Actions",
  ...endpoint,
  offers: (env) => isForgejo(env) && endpoint.offers(env),
  runs: isForgejo,
  fix: () => "Add 'enable-openid-connect: true' to the workflow"
};
var githubActions = {
  id: "github-actions",
  title: "GitHub Actions",
  ...endpoint,
  runs: (env) => env["GITHUB_ACTIONS"] === "true",
  fix: () => `${permissions}. A pull request of a fork and a run of Dependabot get no token; a container needs the variables ${url} and ${token}`
};

// packages/client/src/platforms/sockets.ts
var flyIo = {
  id: "fly-io",
  title: "Fly.io",
  offers: isSet("FLY_MACHINE_ID"),
  fix: () => "Run inside a machine, where /.fly/api is",
  request: ({ audience, job, signal }) => job.post({ socket: "/.fly/api", path: "/v1/tokens/oidc", body: JSON.stringify({ aud: audience }) }, signal)
};
var cursorAgents = {
  id: "cursor-agents",
  title: "Cursor cloud agents",
  offers: isSet("CURSOR_AGENT_SOCKET"),
  fix: () => "Let the team\u2019s administrator enable OIDC tokens for cloud agents",
  request: async ({ audience, job, signal }) => {
    const socket = job.env["CURSOR_AGENT_SOCKET"] || "/run/cursor/api.sock";
    const body = JSON.stringify({ aud: audience });
    return member(await job.post({ socket, path: "/v1/tokens/oidc", body }, signal), "token");
  }
};

// packages/client/src/platforms/variables.ts
function inVariable(name, row) {
  return {
    ...row,
    offers: isSet(name),
    request: ({ job }) => Promise.resolve(valueOf(job.env, name)),
    oneToken: true
  };
}
function gitlabVariable(audience) {
  return `${audience.toUpperCase().replaceAll(/[^A-Z0-9]/g, "_")}_ID_TOKEN`;
}
var isGitlab = (env) => env["GITLAB_CI"] === "true";
var gitlab = {
  id: "gitlab",
  title: "GitLab CI",
  offers: (env, audience) => isGitlab(env) && isSet(gitlabVariable(audience))(env),
  runs: isGitlab,
  fix: (audience) => `Add to the job: id_tokens: { ${gitlabVariable(audience)}: { aud: '${audience}' } }`,
  request: ({ job, audience }) => Promise.resolve(valueOf(job.env, gitlabVariable(audience))),
  oneToken: true
};
var bitbucketPipelines = inVariable("BITBUCKET_STEP_OIDC_TOKEN", {
  id: "bitbucket-pipelines",
  title: "Bitbucket Pipelines",
  runs: isSet("BITBUCKET_BUILD_NUMBER"),
  fix: (audience) => `Add to the step: oidc: { audiences: ['${audience}'] }`
});
var semaphore = inVariable("SEMAPHORE_OIDC_TOKEN", {
  id: "semaphore",
  title: "Semaphore",
  runs: (env) => env["SEMAPHORE"] === "true",
  fix: () => "The audience of its tokens is the address of the organization, and cannot be chosen"
});
var spacelift = inVariable("SPACELIFT_OIDC_TOKEN", {
  id: "spacelift",
  title: "Spacelift",
  runs: isSet("TF_VAR_spacelift_run_id"),
  fix: () => "The audience of its tokens is the name of the account\u2019s host, and cannot be chosen"
});
var hcpTerraform = inVariable("TFC_WORKLOAD_IDENTITY_TOKEN", {
  id: "hcp-terraform",
  title: "HCP Terraform",
  runs: isSet("TFC_RUN_ID"),
  fix: (audience) => `Set in the workspace: TFC_WORKLOAD_IDENTITY_AUDIENCE=${audience}`
});
var pulumiDeployments = inVariable("PULUMI_OIDC_TOKEN", {
  id: "pulumi-deployments",
  title: "Pulumi Deployments",
  fix: () => "The audience of its tokens is the organization, and cannot be chosen"
});
var modalFunctions = inVariable("MODAL_IDENTITY_TOKEN", {
  id: "modal-functions",
  title: "Modal",
  runs: isSet("MODAL_TASK_ID"),
  fix: () => "The audience of its tokens is oidc.modal.com, and cannot be chosen"
});
var teamcity = inVariable("TEAMCITY_BUILD_OIDC_TOKEN", {
  id: "teamcity",
  title: "TeamCity",
  runs: isSet("TEAMCITY_VERSION"),
  fix: (audience) => `Add the build feature for OIDC tokens, with the audience ${audience}, in build parameters`
});
var codefresh = inVariable("ID_TOKEN", {
  id: "codefresh",
  title: "Codefresh",
  runs: isSet("CF_BUILD_ID"),
  fix: (audience) => `Add the step: { type: obtain-oidc-id-token, arguments: { AUDIENCE: '${audience}' } }`
});
var givenToken = inVariable("JOBPASS_ID_TOKEN", {
  id: "given",
  title: "JOBPASS_ID_TOKEN",
  fix: (audience) => `Give the variable a token with the audience ${audience}`
});

// packages/client/src/platforms/index.ts
var platforms = [
  givenFile,
  givenToken,
  forgejoActions,
  githubActions,
  gitlab,
  circleci,
  buildkite,
  azureDevops,
  bitbucketPipelines,
  semaphore,
  codefresh,
  teamcity,
  hcpTerraform,
  spacelift,
  pulumiDeployments,
  modalFunctions,
  vercel,
  renderServices,
  cursorAgents,
  flyIo,
  aws,
  spiffe,
  microsoftEntra,
  googleCloud,
  kubernetes
];

// packages/client/src/read-token.ts
function readToken(token2) {
  const [, payload] = /^[\w-]+\.([\w-]+)\.[\w-]+$/.exec(token2) ?? [];
  if (payload === void 0) return void 0;
  try {
    const binary = atob(payload.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const { aud, exp } = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof exp !== "number") return void 0;
    const audiences = (Array.isArray(aud) ? aud : [aud]).filter((each) => typeof each === "string");
    return { audiences, expiresAt: exp };
  } catch {
    return void 0;
  }
}

// packages/client/src/token-source.ts
var renewAt = 60;
var leastLeft = 5;
var timeout = 30;
var delays = [0.5, 1, 2, 4];
var TokenSource = class {
  #audience;
  #job;
  #current;
  #pending;
  constructor(audience, job) {
    this.#audience = audience;
    this.#job = job;
  }
  /**
   * The current token, or a new one when it has under 60 s left. Concurrent calls share one
   * request.
   *
   * @throws {NotInCiError} and {TokenUnavailableError}, as rejections.
   */
  async get({ signal } = {}) {
    const current = this.#current;
    if (current !== void 0 && this.#left(current) > renewAt) return current;
    try {
      return await this.renew({ ...signal && { signal } });
    } catch (error) {
      if (current !== void 0 && !signal?.aborted && this.#left(current) > leastLeft) return current;
      throw error;
    }
  }
  /** Requests a new token, though the current one may be good: the API refused it. */
  renew({ signal } = {}) {
    const pending = this.#pending ??= this.#request().finally(() => this.#pending = void 0);
    return signal === void 0 ? pending : abortable(pending, signal);
  }
  async #request() {
    const { env } = this.#job;
    const platform = findPlatform(env, this.#audience);
    const text = (await within(this.#job.clock, timeout, (signal) => this.#attempts(platform, signal))).trim();
    const claims = readToken(text);
    const fail2 = (reason) => {
      throw new TokenUnavailableError(platform, reason, platform.fix(this.#audience));
    };
    if (claims === void 0) return fail2("what it gave to the job is not a token");
    if (!claims.audiences.includes(this.#audience))
      return fail2(`its token is for ${claims.audiences.join(", ") || "no audience"}, and not for ${this.#audience}`);
    const token2 = secretly({ token: text, expiresAt: claims.expiresAt, provider: platform.id });
    if (this.#left(token2) <= leastLeft)
      return fail2(platform.oneToken ? "its token has expired, and is not renewed" : "its new token has expired");
    if (platform.mask !== void 0 && text !== this.#current?.token) this.#job.print(platform.mask(text));
    return this.#current = token2;
  }
  /** Requests a token, and again while the platform does not answer. */
  async #attempts(platform, signal) {
    const request = { audience: this.#audience, job: this.#job, signal };
    for (let attempt = 0; ; attempt++) {
      try {
        return await platform.request(request);
      } catch (error) {
        const delay = delays[attempt];
        const again = error instanceof EndpointError && error.temporary;
        if (!again || delay === void 0 || signal.aborted)
          throw new TokenUnavailableError(platform, reasonOf(error), platform.fix(this.#audience), error);
        await this.#job.clock.sleep(1e3 * (error.retryAfter ?? delay * (0.5 + Math.random())), signal);
      }
    }
  }
  #left({ expiresAt }) {
    return expiresAt - this.#job.clock.now() / 1e3;
  }
};
function secretly(value) {
  return Object.freeze(Object.defineProperty(value, "token", { enumerable: false }));
}
function findPlatform(env, audience) {
  const offering = platforms.find((platform) => platform.offers(env, audience));
  if (offering !== void 0) return offering;
  const here = platforms.find((platform) => platform.runs?.(env));
  if (here === void 0) throw new NotInCiError();
  throw new TokenUnavailableError(here, `this job has no token for ${audience}`, here.fix(audience));
}
function reasonOf(error) {
  if (error instanceof DOMException && error.name === "TimeoutError") return `no token came within ${timeout} s`;
  return error instanceof Error ? error.message : "no token came";
}

// packages/client/src/default-client.ts
function sourcesOf(job) {
  const sources = /* @__PURE__ */ new Map();
  return (audience) => {
    if (typeof audience !== "string" || audience === "")
      throw new TypeError("The audience must be the name of the API, such as 'https://api.acme.dev'");
    const source = sources.get(audience) ?? new TokenSource(audience, job);
    sources.set(audience, source);
    return source;
  };
}
var defaultSources = [thisJob, sourcesOf(thisJob)];

// packages/client/src/credential.ts
function bearer(token2) {
  return {
    token: token2,
    headers: () => Promise.resolve({ authorization: `Bearer ${token2}` }),
    mustRepeat: () => false
  };
}

// packages/client/src/options.ts
function readOptions(what, given, names4) {
  if (typeof given !== "object" || given === null) throw new TypeError(`${what}: its options must be an object`);
  const unknown = Object.keys(given).find((name) => !Object.hasOwn(names4, name));
  if (unknown !== void 0)
    throw new TypeError(`${what}: its options have no '${unknown}'. Known: ${Object.keys(names4).join(", ")}`);
  return given;
}

// packages/client/src/origin.ts
function originOf(audience, given, insecureLoopback) {
  const text = given ?? audience;
  const url2 = URL.canParse(text) ? new URL(text) : void 0;
  if (url2 === void 0)
    throw new TypeError(
      "jobFetch(): the audience is no URL: add the origin of the API, as origin: 'https://api.acme.dev'"
    );
  if (given !== void 0 && url2.href !== `${url2.origin}/`)
    throw new TypeError(`jobFetch(): write origin: '${url2.origin}', without a path`);
  if (url2.protocol === "https:") return url2;
  if (url2.protocol === "http:" && insecureLoopback && isLoopback(url2.hostname)) return url2;
  throw new TypeError("jobFetch(): the origin must be https:, or a loopback address with insecureLoopback: true");
}
function isLoopback(hostname) {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
function urlAt(origin, target) {
  const url2 = URL.canParse(target, origin.origin) ? new URL(target, origin.origin) : void 0;
  const isThere = url2?.protocol === origin.protocol && url2.host === origin.host;
  if (url2 === void 0 || !isThere || url2.username !== "" || url2.password !== "")
    throw new OriginError(`The token of this job is for ${origin.origin} only; the request goes to another address`);
  return url2;
}

// packages/client/src/exchange.ts
var names = { url: true, scope: true, audience: true, dpop: true };
var grant = "urn:ietf:params:oauth:grant-type:token-exchange";
var jwt = "urn:ietf:params:oauth:token-type:jwt";
var renewAt2 = 60;
var timeout2 = 30;
var most = 4;
var ExchangeSource = class {
  #url;
  #target;
  #options;
  #job;
  #tokens;
  #current;
  /** By the job's clock: milliseconds since 1970. */
  #expires = 0;
  #pending;
  #key;
  constructor(target, options, job, sourceOf, insecureLoopback) {
    const { url: url2, audience = url2.replace(/\/[^/]*$/, "") } = readOptions("jobFetch(): exchange", options, names);
    this.#url = originOf(url2, void 0, insecureLoopback);
    this.#target = target;
    this.#options = options;
    this.#job = job;
    this.#tokens = sourceOf(audience);
  }
  /** When the current token expires, by the job's clock: seconds since 1970. */
  get expiresAt() {
    return Math.floor(this.#expires / 1e3);
  }
  /** The current service token, or a new one when it has under 60 s left. */
  async get(wait = {}) {
    const current = this.#current;
    return current !== void 0 && this.#expires - this.#job.clock.now() > renewAt2 * 1e3 ? current : this.renew(wait);
  }
  /** Exchanges again. Concurrent calls share one exchange. */
  renew({ signal } = {}) {
    const pending = this.#pending ??= this.#exchange().finally(() => this.#pending = void 0);
    return signal === void 0 ? pending : abortable(pending, signal);
  }
  async #exchange() {
    if (this.#options.dpop) await this.#makeKey();
    const { token: token2 } = this.#current === void 0 ? await this.#tokens.get() : await this.#tokens.renew();
    const { scope } = this.#options;
    const form = new URLSearchParams({
      grant_type: grant,
      subject_token_type: jwt,
      subject_token: token2,
      audience: this.#target,
      ...scope === void 0 ? {} : { scope }
    });
    return this.#current = await this.#attempts(form);
  }
  /** Sends the request, and again while there is no answer, or one that asks for it. */
  async #attempts(form) {
    const { clock } = this.#job;
    const repeat = `"${crypto.randomUUID()}"`;
    for (let attempt = 1; ; attempt++) {
      const started = clock.now();
      const outcome = await within(clock, timeout2, (signal) => this.#send(form, repeat, signal)).catch(
        (error) => {
          if (attempt === most) throw error;
        }
      );
      const given = outcome?.answer.ok ? await this.#credential(outcome.body, started) : void 0;
      if (given !== void 0) return given;
      const isDown = outcome === void 0 || outcome.answer.status === 503;
      if (outcome !== void 0 && (attempt === most || !(isDown || await this.#canAnswer(outcome))))
        throw refusal(outcome);
      const pause = outcome && retryAfterOf(outcome.answer.headers);
      if (isDown) await clock.sleep(1e3 * (pause ?? 2 ** attempt));
    }
  }
  async #send(body, repeat, signal) {
    const proof = await this.#key?.prove("POST", this.#url);
    const headers = { "idempotency-key": repeat, ...proof };
    const answer = await this.#job.fetch(this.#url, { method: "POST", body, headers, redirect: "manual", signal });
    const text = await answer.text();
    return { answer, body: parse(text) };
  }
  async #credential(body, started) {
    const { access_token: token2, expires_in: lifetime, token_type: type } = body;
    if (typeof token2 !== "string" || typeof lifetime !== "number") return void 0;
    this.#expires = started + lifetime * 1e3;
    const isBound = this.#key !== void 0 && String(type).toLowerCase() === "dpop";
    return isBound ? (await Promise.resolve().then(() => (init_dpop(), dpop_exports))).bound(token2, this.#key) : bearer(token2);
  }
  /**
   * Whether the exchange asks for a proof, or for a nonce in it, and gets that at the next attempt.
   */
  async #canAnswer({ answer, body }) {
    if (this.#key !== void 0) return this.#key.learn(answer, this.#url);
    if (body["error"] !== "invalid_dpop_proof" && body["error"] !== "use_dpop_nonce") return false;
    const key = await this.#makeKey();
    key.learn(answer, this.#url);
    return true;
  }
  async #makeKey() {
    return this.#key ??= await (await Promise.resolve().then(() => (init_dpop(), dpop_exports))).createProofKey(this.#job.clock);
  }
};
function parse(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
function refusal({ answer, body }) {
  const { error, error_description: detail, code, checks } = body;
  const text = (value) => typeof value === "string" ? value : void 0;
  return new RefusedError(answer.status, {
    code: text(code) ?? text(error),
    detail: text(detail) ?? "The exchange refused the token of this job.",
    checks: Array.isArray(checks) ? checks : []
  });
}

// packages/client/src/job-fetch.ts
var outages = /* @__PURE__ */ new Set(["issuer_unavailable", "resolver_unavailable", "store_unavailable"]);
var mostAttempts = 4;
var longestPause = 60;
var names2 = { audience: true, origin: true, exchange: true, insecureLoopback: true };
function credentialsOf(options, job, sourceOf) {
  const { audience, origin: given, exchange, insecureLoopback = false } = readOptions("jobFetch()", options, names2);
  const origin = originOf(audience, given, insecureLoopback);
  const source = exchange === void 0 ? bearerSource(sourceOf(audience)) : new ExchangeSource(audience, exchange, job, sourceOf, insecureLoopback);
  return { origin, source };
}
function createJobFetch(options, job, sourceOf) {
  const { origin, source } = credentialsOf(options, job, sourceOf);
  return async (input, init) => {
    const request = typeof input === "object" && "url" in input ? input : void 0;
    const url2 = urlAt(origin, request?.url ?? String(input));
    const send2 = sender(url2, request, init);
    const wait = signalOf(request, init);
    let credential = await source.get(wait);
    let [renewed, repeated] = [false, false];
    for (let attempt = 1; ; attempt++) {
      const answer = await job.fetch(await send2.request(credential));
      const mustRepeat = credential.mustRepeat(answer);
      const refusal2 = await refusalOf(answer);
      if (refusal2 === void 0) return answer;
      const again = send2.repeatable && attempt < mostAttempts;
      const pause = retryAfterOf(answer.headers);
      if (again && mustRepeat && !repeated) repeated = true;
      else if (again && answer.status === 401 && !renewed) {
        renewed = true;
        const next = await source.renew(wait).catch(() => void 0);
        if (next === void 0 || next.token === credential.token) throw new RefusedError(answer.status, refusal2);
        credential = next;
      } else if (again && outages.has(refusal2.code ?? "") && pause !== void 0 && pause <= longestPause) {
        await job.clock.sleep(pause * 1e3, wait.signal);
        if (refusal2.code === "store_unavailable") credential = await source.renew(wait);
      } else throw new RefusedError(answer.status, refusal2);
    }
  };
}
function bearerSource(tokens) {
  return {
    get: async (wait) => bearer((await tokens.get(wait)).token),
    renew: async (wait) => bearer((await tokens.renew(wait)).token)
  };
}
function sender(url2, given, init) {
  const base = given === void 0 ? new Request(url2, { ...init, redirect: "manual" }) : new Request(given, init);
  if (base.headers.has("authorization")) throw new TypeError("jobFetch(): it sets the header authorization itself");
  const repeatable = !(init?.body instanceof ReadableStream);
  return {
    repeatable,
    request: async (credential) => {
      const copy = repeatable ? base.clone() : base;
      const headers = new Headers(copy.headers);
      for (const [name, value] of Object.entries(await credential.headers(copy.method, url2))) headers.set(name, value);
      return new Request(copy, { headers, redirect: "manual" });
    }
  };
}
function signalOf(request, init) {
  const signal = init?.signal ?? request?.signal;
  return signal ? { signal } : {};
}
async function refusalOf(answer) {
  const { status, headers } = answer;
  if (![400, 401, 403, 503].includes(status)) return void 0;
  if (!headers.get("content-type")?.startsWith("application/problem+json")) return void 0;
  const text = await answer.clone().text();
  if (text.length > maxOutput) return void 0;
  const body = parse2(text);
  return body !== void 0 && typeof body.code === "string" ? body : void 0;
}
function parse2(text) {
  try {
    const { code, detail, checks } = JSON.parse(text);
    return { code, detail, checks: Array.isArray(checks) ? checks : [] };
  } catch {
    return void 0;
  }
}

// packages/client/src/service-token.ts
var names3 = { audience: true, exchange: true, insecureLoopback: true };
var ours = { sources: /* @__PURE__ */ new Map(), masked: /* @__PURE__ */ new Set() };
function getServiceToken(options) {
  return serviceTokenOf(options, thisJob, ours);
}
async function serviceTokenOf(options, job, known) {
  const { source, ciAudience } = exchangeOf(options, job, known);
  const { token: token2 } = await source.get();
  const { mask } = findPlatform(job.env, ciAudience);
  if (mask !== void 0 && !known.masked.has(token2)) job.print(mask(token2));
  known.masked.add(token2);
  return secretly({ token: token2, expiresAt: source.expiresAt });
}
function exchangeOf(given, job, { sources }) {
  const { audience, exchange, insecureLoopback = false } = readOptions("getServiceToken()", given, names3);
  if (typeof audience !== "string" || audience === "")
    throw new TypeError("getServiceToken(): the audience must be the name of the API, such as 'https://api.acme.dev'");
  if (exchange?.dpop)
    throw new TypeError("getServiceToken(): leave dpop out, since nobody else has the key of a bound token");
  const key = JSON.stringify([audience, exchange, insecureLoopback]);
  const known = sources.get(key);
  if (known !== void 0) return known;
  let ciAudience = "";
  const sourceOf = (wanted) => new TokenSource(ciAudience = wanted, job);
  const made = { source: new ExchangeSource(audience, exchange, job, sourceOf, insecureLoopback), ciAudience };
  sources.set(key, made);
  return made;
}

// packages/client/src/index.ts
function clientOf(job, sourceOf) {
  return Object.freeze({
    getToken: async (options) => {
      const { audience, ...wait } = readOptions("getToken()", options, { audience: true, signal: true });
      return sourceOf(audience).get(wait);
    },
    jobFetch: (options) => createJobFetch(options, job, sourceOf)
  });
}
var client = clientOf(...defaultSources);
function getToken(options) {
  return client.getToken(options);
}

// action/src/credential-file.ts
import { mkdtemp, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
var variables = {
  "curl-config": void 0,
  npmrc: "NPM_CONFIG_USERCONFIG",
  netrc: "NETRC",
  docker: "DOCKER_CONFIG"
};
var writers = {
  "curl-config": (token2) => ({
    name: "curl.conf",
    // Never without TLS, whatever URL the step has.
    text: `header = "Authorization: Bearer ${token2}"
proto = "=https"
`,
    secrets: []
  }),
  npmrc: (token2, { host }) => ({ name: "npmrc", text: `//${host}/:_authToken=${token2}
`, secrets: [] }),
  netrc: (token2, { host, username }) => ({
    name: "netrc",
    // A machine has no port in this format.
    text: `machine ${host.replace(/:\d+$/, "")}
login ${username}
password ${token2}
`,
    secrets: []
  }),
  docker: (token2, { host, username }) => {
    const auth = Buffer.from(`${username}:${token2}`).toString("base64");
    return { name: "config.json", text: `${JSON.stringify({ auths: { [host]: { auth } } })}
`, secrets: [auth] };
  }
};
function credentialFile(destination, token2) {
  if (!/^[\w.~+/-]+=*$/.test(token2)) throw new Error("The token has characters that no bearer token may have.");
  return writers[destination.mode](token2, destination);
}
function makeFolder(temporary) {
  return mkdtemp(join(temporary, "jobpass-"));
}
async function writeCredentialFile(folder, { name, text }) {
  const path = join(folder, name);
  await writeFile(path, text, { mode: 384, flag: "wx" });
  return path;
}
function variableOf(mode, path) {
  const name = variables[mode];
  return name === void 0 ? void 0 : [name, mode === "docker" ? dirname(path) : path];
}

// action/src/fork.ts
import { readFile } from "node:fs/promises";
var events = /* @__PURE__ */ new Set(["pull_request", "pull_request_review", "pull_request_review_comment"]);
function canRequestToken(env) {
  return Boolean(env["ACTIONS_ID_TOKEN_REQUEST_URL"] && env["ACTIONS_ID_TOKEN_REQUEST_TOKEN"]);
}
async function isForkPullRequest(env) {
  if (!events.has(env["GITHUB_EVENT_NAME"] ?? "")) return false;
  const { pull_request: pullRequest, repository } = await readEvent(env["GITHUB_EVENT_PATH"] ?? "");
  if (pullRequest?.head === void 0 || repository?.full_name === void 0) return false;
  return pullRequest.head.repo?.full_name !== repository.full_name;
}
async function readEvent(path) {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return {};
  }
}

// action/src/inputs.ts
var modes = ["curl-config", "npmrc", "netrc", "docker"];
var InputError = class extends Error {
  name = "InputError";
  constructor(input, advice) {
    super(`Input ${input}: ${advice}`);
  }
};
function readInputs(env) {
  const read = (name) => readInput(env, name);
  const audience = read("audience");
  if (audience === "") throw new InputError("audience", "write the name of the API, such as 'https://api.acme.dev'.");
  const exchange = exchangeOf2(read("exchange-url"), read("scope"));
  const destination = destinationOf(read("write"), { host: read("host"), username: read("username"), audience });
  return { audience, ...exchange && { exchange }, ...destination && { destination } };
}
function readInput(env, name) {
  const value = (env[`INPUT_${name.toUpperCase()}`] ?? "").trim();
  if (new RegExp("\\p{Cc}", "u").test(value)) throw new InputError(name, "write one line, without control characters.");
  return value;
}
function exchangeOf2(url2, scope) {
  if (url2 === "") {
    if (scope !== "") throw new InputError("scope", "it is for an exchange: add exchange-url, or remove scope.");
    return void 0;
  }
  const parsed = URL.canParse(url2) ? new URL(url2) : void 0;
  const isPlain = parsed?.username === "" && parsed.password === "" && parsed.hash === "" && parsed.search === "";
  if (parsed?.protocol !== "https:" || !isPlain || parsed.pathname === "/")
    throw new InputError("exchange-url", "write an https URL, such as 'https://auth.acme.dev/token'.");
  if (!/^(?:[!#-[\]-~]+(?: [!#-[\]-~]+)*)?$/.test(scope))
    throw new InputError("scope", "write scopes separated by one space, such as 'read publish'.");
  return { url: url2, ...scope !== "" && { scope } };
}
function destinationOf(write2, { host, username, audience }) {
  const mode = modes.find((each) => each === write2);
  if (write2 !== "" && mode === void 0)
    throw new InputError("write", `write one of ${modes.join(", ")}, or leave it out for no file.`);
  if (host !== "" && (mode === void 0 || mode === "curl-config"))
    throw new InputError("host", "it is for npmrc, netrc and docker: set write to one of them, or remove host.");
  if (username !== "" && mode !== "netrc" && mode !== "docker")
    throw new InputError("username", "it is for netrc and docker: set write to one of them, or remove username.");
  if (!/^[\w.+@$-]*$/.test(username))
    throw new InputError("username", "write letters, digits and . _ + @ $ - only, such as 'token'.");
  if (mode === void 0) return void 0;
  return { mode, host: mode === "curl-config" ? "" : hostOf(host, audience), username: username || "token" };
}
function hostOf(given, audience) {
  const isUrl = given === "" && URL.canParse(audience) && new URL(audience).protocol === "https:";
  const host = isUrl ? new URL(audience).host : given;
  const name = "[a-z0-9](?:[a-z0-9-]*[a-z0-9])?";
  if (!new RegExp(`^${name}(?:\\.${name})*(?::[1-9][0-9]{0,4})?$`, "i").test(host))
    throw new InputError("host", "write the name of a host without scheme and path, such as 'npm.acme.dev'.");
  return host.toLowerCase();
}

// action/src/revoke.ts
function revocationUrlOf(exchangeUrl) {
  return new URL("revoke", exchangeUrl).href;
}

// action/src/runner.ts
import { randomUUID } from "node:crypto";
import { appendFile } from "node:fs/promises";
import { EOL } from "node:os";
var escape = (text) => text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
function print(line) {
  process.stdout.write(`${line}${EOL}`);
}
function command(name, text) {
  print(`::${name}::${escape(text)}`);
}
function fail(error) {
  command("error", error instanceof Error ? error.message : "The action failed.");
  process.exitCode = 1;
}
function setOutput(env, name, value) {
  return append(env, "GITHUB_OUTPUT", name, value);
}
function setVariable(env, name, value) {
  return append(env, "GITHUB_ENV", name, value);
}
function saveState(env, name, value) {
  return append(env, "GITHUB_STATE", name, value);
}
async function append(env, file, name, value) {
  const path = env[file];
  if (path === void 0 || path === "") throw new Error(`The runner did not set ${file}.`);
  const delimiter = `ghadelimiter_${randomUUID()}`;
  await appendFile(path, [`${name}<<${delimiter}`, value, delimiter, ""].join(EOL));
}

// action/src/main.ts
async function main(env) {
  const inputs = readInputs(env);
  if (!canRequestToken(env) && await isForkPullRequest(env)) {
    command("notice", "A pull request of a fork gets no OIDC token from GitHub, so this step was skipped.");
    return setOutput(env, "skipped", "true");
  }
  const { token: token2, expiresAt } = await tokenFor(env, inputs);
  if (inputs.destination !== void 0) await write(env, inputs.destination, token2);
  await setOutput(env, "token", token2);
  await setOutput(env, "expires-at", String(expiresAt));
  await setOutput(env, "skipped", "false");
  print(`The token expires at ${new Date(expiresAt * 1e3).toISOString()}.`);
}
async function tokenFor(env, { audience, exchange }) {
  if (exchange === void 0) return getToken({ audience });
  const given = await getServiceToken({ audience, exchange });
  await saveState(env, "revocation-url", revocationUrlOf(exchange.url));
  await saveState(env, "token", given.token);
  return given;
}
async function write(env, destination, token2) {
  const file = credentialFile(destination, token2);
  for (const secret of file.secrets) command("add-mask", secret);
  const temporary = env["RUNNER_TEMP"];
  if (temporary === void 0 || temporary === "") throw new Error("The runner did not set RUNNER_TEMP.");
  const folder = await makeFolder(temporary);
  await saveState(env, "folder", folder);
  const path = await writeCredentialFile(folder, file);
  const variable = variableOf(destination.mode, path);
  if (variable !== void 0) await setVariable(env, ...variable);
  await setOutput(env, "file", path);
}
try {
  await main(process.env);
} catch (error) {
  fail(error);
}
