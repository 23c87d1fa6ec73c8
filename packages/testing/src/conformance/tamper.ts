/** Tokens that no issuer would make: valid ones with changed parts. */

import type { World } from './world.ts'
import { audience, bearer } from './world.ts'

/** The three parts of a JWS in compact form. */
export type Parts = readonly [header: string, payload: string, signature: string]

/** Encodes as base64url without padding. */
export function encode(text: string | Uint8Array): string {
  return Buffer.from(text).toString('base64url')
}

/** Sends a valid token of a GitHub Actions job after changing its parts. */
export const tampered = (change: (parts: Parts) => readonly string[]): ReturnType<typeof bearer> =>
  bearer(async (world: World) => {
    const token = await world.github.mint({ aud: audience })
    return change(token.split('.') as unknown as Parts).join('.')
  })

/** Sends a valid token with changed header members; `undefined` omits one. */
export const withHeader = (members: Readonly<Record<string, unknown>>): ReturnType<typeof bearer> =>
  tampered(([header, payload, signature]) => [
    encode(JSON.stringify({ ...decode(header), ...members })),
    payload,
    signature,
  ])

/** Sends a valid token with a changed payload; its signature no longer matches. */
export const withPayload = (change: (json: string) => string | Uint8Array): ReturnType<typeof bearer> =>
  tampered(([header, payload, signature]) => [
    header,
    encode(change(Buffer.from(payload, 'base64url').toString())),
    signature,
  ])

function decode(part: string): object {
  return JSON.parse(Buffer.from(part, 'base64url').toString()) as object
}
