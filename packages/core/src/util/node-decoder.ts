/** Node's decoder of base64url, which writes to memory that is used again. For Node only. */

import { nodeModule } from './node-module.ts'

/** The parts of a `Buffer` that are used. */
export interface NodeDecoder {
  /** Decodes a text to the beginning of the memory, and returns the number of bytes. */
  write(text: string, encoding: 'base64url'): number
  /** Bytes as text, with U+FFFD in place of what is not UTF-8. */
  toString(encoding: 'utf8', start: number, end: number): string
}

/** The part of `node:buffer` that is used. */
interface NodeBuffer {
  readonly Buffer: { from(memory: ArrayBufferLike): NodeDecoder }
}

/** Makes the decoder; `undefined` on all other runtimes. */
export function nodeDecoder({ buffer }: Uint8Array): NodeDecoder | undefined {
  return (nodeModule('node:buffer') as NodeBuffer | undefined)?.Buffer.from(buffer)
}
