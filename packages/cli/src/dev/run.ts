/** `jobpass dev`. */

import type { DevFlags } from './flags.ts'
import { usualPort } from '../commands/flags.ts'
import type { Context } from '../context.ts'
import { print } from '../io/print.ts'
import { styleFor } from '../io/style.ts'
import { platformNamed } from '../job/platform-named.ts'
import { appLines } from './lines.ts'
import { startServer } from './server.ts'
import { untilStopped } from '../io/signals.ts'

/** Starts a local issuer, prints the lines to paste, and runs until Ctrl-C. */
export async function runDev(this: Context, { port, audience }: DevFlags, platform: string): Promise<void> {
  const provider = platformNamed(platform)
  const style = styleFor(this.process.stdout, this.process.env)
  const server = await startServer(provider, port, audience)
  try {
    const { url, jobs, claims } = server
    const ask = server.port === usualPort ? 'jobpass dev token' : `jobpass dev token --port ${server.port}`
    const text = [
      `${style.bold(`Jobs on ${provider.title}`)} at ${url}`,
      '',
      'Paste into the API (Express), not for production:',
      '',
      await appLines({ provider, url, audience, claims }),
      '',
      'Paste into a shell:',
      '',
      `curl -H "Authorization: Bearer $(${ask})" http://localhost:3000/try`,
      '',
      `Jobs: ${jobs.names.join(', ')}`,
      style.dim(`${ask} --job NAME, or the page ${url}, gives their tokens. Ctrl-C ends this.`),
    ].join('\n')
    const stopped = untilStopped()
    print(this, text)
    await stopped
  } finally {
    await server.close()
  }
}
