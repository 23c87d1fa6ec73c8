/** Says what takes long. */

import type { Context } from '../context.ts'
import { remark } from './print.ts'

/** Seconds until it is said. */
const patience = 1

/** Does work, and says on standard error what it is if it takes over a second. */
export async function reporting<T>(context: Context, text: string, work: () => Promise<T>): Promise<T> {
  const timer = setTimeout(() => remark(context, `${text} …`), patience * 1000)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
  }
}
