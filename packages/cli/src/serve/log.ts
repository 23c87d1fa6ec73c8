/** The log of a running guard: one line an event. */

import { escapeForLog } from '@jobpass/core/internal'
import type { Context } from '../context.ts'
import { oneLine } from '../io/one-line.ts'
import { print, remark, toJson } from '../io/print.ts'

/** An event of the log. */
export interface LogEntry {
  /** What happened. */
  readonly event: 'started' | 'refused' | 'reloaded' | 'rejected' | 'keys' | 'warning' | 'failed' | 'stopping'
  /** The same in words. */
  readonly message: string
  /** Facts about it, for programs; those that are `undefined` are left out. */
  readonly [fact: string]: string | number | boolean | readonly string[] | undefined
}

/** Writes an event. */
export type Log = (entry: LogEntry) => void

/** The log of a command. Its start goes to standard output, everything else to standard error. */
export function logOf(context: Context, json: boolean): Log {
  return ({ message, ...facts }) => {
    const text = escapeForLog(oneLine(message))
    const time = new Date(context.now()).toISOString()
    const write = facts.event === 'started' ? print : remark
    write(context, json ? toJson({ time, ...facts, message: text }) : text)
  }
}
