/** Stateless nonces (RFC 9449 §8): a time step, and a MAC over it. */

import { formatType } from '@jobpass/core/internal'
import { base64url } from 'jose'

/** Makes and checks nonces. */
export interface Nonces {
  /** Makes a nonce for `now`, in seconds since 1970. */
  make(now: number): Promise<string>
  /**
   * Whether a nonce was made with one of the secrets and is still valid at `now`, in seconds since
   * 1970.
   */
  knows(nonce: unknown, now: number): Promise<boolean>
}

/** Seconds per step, and for how many steps a nonce is valid. */
const step = 60
const steps = 3

/**
 * Makes nonces from the first secret, and checks them with all. All processes of a service share
 * them. Throws a `TypeError` for a secret that is too short.
 */
export function createNonces(what: string, secrets: readonly unknown[]): Nonces {
  const codes = secrets.map((secret) => codeOf(what, secret))
  return {
    make: async (now) => {
      const at = Math.floor(now / step)
      return `${at}.${base64url.encode(await (codes[0] as Code).make(at))}`
    },
    knows: async (nonce, now) => {
      const parts = timely(nonce, now)
      if (parts === undefined) return false
      const mac = base64url.decode(parts.mac) as Uint8Array<ArrayBuffer>
      const known = await Promise.all(codes.map((code) => code.knows(mac, parts.at)))
      return known.includes(true)
    },
  }
}

/** The message authentication code of one secret. */
interface Code {
  readonly make: (at: number) => Promise<Uint8Array>
  readonly knows: (mac: Uint8Array<ArrayBuffer>, at: number) => Promise<boolean>
}

function codeOf(what: string, secret: unknown): Code {
  // Unlike `instanceof`, `ArrayBuffer.isView` accepts arrays of other realms.
  if (!ArrayBuffer.isView(secret) || secret.byteLength < 32)
    throw new TypeError(
      `${what} must be at least 32 random bytes, a Uint8Array that your processes share, or a function that finds a key set, not ${formatType(secret)}`,
    )
  const bytes = new Uint8Array(secret.byteLength)
  bytes.set(new Uint8Array(secret.buffer as ArrayBuffer, secret.byteOffset, secret.byteLength))
  const key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
  const message = (at: number): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`dpop nonce ${at}`)
  return {
    make: async (at) => new Uint8Array(await crypto.subtle.sign('HMAC', await key, message(at))),
    knows: async (mac, at) => crypto.subtle.verify('HMAC', await key, mac, message(at)),
  }
}

/** Whether a nonce has the right form and is current, whatever secret it was made with. */
export function isTimelyNonce(nonce: unknown, now: number): boolean {
  return timely(nonce, now) !== undefined
}

/** The parts of a well-formed, current nonce, whatever secret it was made with. */
function timely(nonce: unknown, now: number): { readonly at: number; readonly mac: string } | undefined {
  const [, at = '', mac = ''] = (typeof nonce === 'string' && /^(\d{1,12})\.([\w-]{43})$/.exec(nonce)) || []
  const age = Math.floor(now / step) - Number(at)
  return mac !== '' && age >= 0 && age < steps ? { at: Number(at), mac } : undefined
}
