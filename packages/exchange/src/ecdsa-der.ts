/**
 * Converts ECDSA signatures from ASN.1 DER (RFC 3279 §2.2.3), which AWS KMS and Google Cloud KMS
 * return, to the form of JWS (RFC 7518 §3.4): both numbers at full length, concatenated.
 */

const [sequence, integer] = [0x30, 0x02]

/** Converts a signature whose numbers have `size` bytes. `undefined` unless it is strict DER. */
export function joseFromDer(der: Uint8Array, size: number): Uint8Array | undefined {
  const whole = element(der, sequence)
  if (whole === undefined || whole.rest.length > 0) return undefined
  const r = element(whole.value, integer)
  const s = r && element(r.rest, integer)
  if (r === undefined || s === undefined || s.rest.length > 0) return undefined
  const signature = new Uint8Array(2 * size)
  const fits = [r.value, s.value].every((value, index) => {
    const bytes = magnitude(value)
    if (bytes === undefined || bytes.length > size) return false
    signature.set(bytes, (index + 1) * size - bytes.length)
    return true
  })
  return fits ? signature : undefined
}

interface Element {
  readonly value: Uint8Array
  readonly rest: Uint8Array
}

/**
 * X.690 §8.1.3, §10.1: a length below 128 takes one byte; P-521 needs the form 0x81 plus one byte.
 */
function element(bytes: Uint8Array, tag: number): Element | undefined {
  const [first, short = 0x80, next = 0] = bytes
  const long = short === 0x81
  if (first !== tag || (long ? next < 0x80 : short >= 0x80)) return undefined
  const start = long ? 3 : 2
  const end = start + (long ? next : short)
  return end > bytes.length ? undefined : { value: bytes.subarray(start, end), rest: bytes.subarray(end) }
}

/**
 * X.690 §8.3: a positive integer in the fewest bytes, without the leading zero that marks it as
 * positive.
 */
function magnitude(value: Uint8Array): Uint8Array | undefined {
  const [first, second = 0] = value
  if (first === undefined || first >= 0x80) return undefined
  if (first !== 0) return value
  return second >= 0x80 ? value.subarray(1) : undefined
}
