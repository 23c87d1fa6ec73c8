/** A child process that answers one question at a time, and ends together with this process. */

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Child<Q extends string | object, A> {
  readonly ask: (question: Q) => Promise<A>
  readonly end: () => void
}

/** Starts a module of this folder. */
export function start<Q extends string | object, A>(module: string, args: readonly string[]): Child<Q, A> {
  let waiting: { readonly resolve: (answer: A) => void; readonly reject: (error: Error) => void } | undefined
  const child = fork(fileURLToPath(new URL(module, import.meta.url)), [...args], {
    env: { ...process.env, NODE_ENV: 'production' },
  })
  child.on('message', (answer) => waiting?.resolve(answer as A))
  child.on('exit', () => waiting?.reject(new Error(`${module} ${args.join(' ')} ended before it answered`)))
  return {
    ask: (question) =>
      new Promise<A>((resolve, reject) => {
        waiting = { resolve, reject }
        child.send(question)
      }),
    end: () => {
      waiting = undefined
      child.disconnect()
    },
  }
}
