/** Text as bytes on Node, in memory that is used again: what is allocated for each token is collected for each token. */

import { nodeModule } from './node.ts'

/** The parts of Node's `Buffer` that are used. */
interface NodeBuffer extends Uint8Array {
  latin1Write(text: string, offset: number, length: number): number
  base64urlWrite(text: string): number
}

interface BufferModule {
  readonly Buffer: { alloc(size: number): NodeBuffer; byteLength(text: string): number }
}

/** Writes text as bytes; what is returned holds until the same writer is called again. */
export interface Scratch {
  latin1(text: string): Uint8Array
  /** Characters beyond Latin-1 count as their last eight bits. */
  base64url(text: string): Uint8Array
  /** Whether text has no character beyond ASCII. */
  isAscii(text: string): boolean
}

/** Makes a writer for texts of at most so many characters; `undefined` where the runtime is not Node. */
export function nodeScratch(characters: number): Scratch | undefined {
  const module = nodeModule('node:buffer') as BufferModule | undefined
  if (module === undefined) return undefined
  const { Buffer } = module
  const buffer = Buffer.alloc(characters)
  return {
    latin1: (text) => buffer.subarray(0, buffer.latin1Write(text, 0, characters)),
    base64url: (text) => buffer.subarray(0, buffer.base64urlWrite(text)),
    isAscii: (text) => Buffer.byteLength(text) === text.length,
  }
}
