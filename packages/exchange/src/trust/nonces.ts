/** Nonces that a server makes and knows again without keeping them (RFC 9449 §8): the time, and a MAC over it. */

import { formatType } from '@jobpass/core/internal'

/** Makes nonces, and knows them again while they are good; `now` is in seconds since 1970. */
export interface Nonces {
  make(now: number): Promise<string>
  knows(nonce: unknown, now: number): Promise<boolean>
}

/** Seconds of one step, and how many steps a nonce is good for. */
const step = 60
const steps = 3

/** Makes the nonces of a secret, which all processes of a service share. Throws a `TypeError` for one that could be guessed. */
export function createNonces(what: string, secret: unknown): Nonces {
  // `ArrayBuffer.isView` knows arrays of other realms.
  if (!ArrayBuffer.isView(secret) || secret.byteLength < 32)
    throw new TypeError(
      `${what} must be at least 32 random bytes, a Uint8Array that your processes share, not ${formatType(secret)}`,
    )
  const bytes = new Uint8Array(secret.byteLength)
  bytes.set(new Uint8Array(secret.buffer as ArrayBuffer, secret.byteOffset, secret.byteLength))
  const key = crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign', 'verify'])
  const said = (at: number): Uint8Array<ArrayBuffer> => new TextEncoder().encode(`dpop nonce ${at}`)
  return {
    make: async (now) => {
      const at = Math.floor(now / step)
      const mac = new Uint8Array(await crypto.subtle.sign('HMAC', await key, said(at)))
      return `${at}.${encode(mac)}`
    },
    knows: async (nonce, now) => {
      const parts = timely(nonce, now)
      return parts !== undefined && crypto.subtle.verify('HMAC', await key, decode(parts.mac), said(parts.at))
    },
  }
}

/** Whether a nonce has the form and the time of one, by this secret or another: a process made it. */
export function isTimelyNonce(nonce: unknown, now: number): boolean {
  return timely(nonce, now) !== undefined
}

/** The parts of a nonce of the right form whose time is good, whatever secret it was made with. */
function timely(nonce: unknown, now: number): { readonly at: number; readonly mac: string } | undefined {
  const [, at = '', mac = ''] = (typeof nonce === 'string' && /^(\d{1,12})\.([\w-]{43})$/.exec(nonce)) || []
  const age = Math.floor(now / step) - Number(at)
  return mac !== '' && age >= 0 && age < steps ? { at: Number(at), mac } : undefined
}

function encode(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '')
}

function decode(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (each) => each.charCodeAt(0))
}
