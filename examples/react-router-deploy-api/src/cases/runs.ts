/** What ran: a test reads it at `/runs`. */

export const runs: string[] = []

/** Makes a handler that says that it ran. */
export const ran = (name: string) => (): Response => {
  runs.push(name)
  return new Response(name)
}
