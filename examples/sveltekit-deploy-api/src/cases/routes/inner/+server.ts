import type { RequestHandler } from '@sveltejs/kit'

/** Calls a guarded endpoint on the server, which SvelteKit does without HTTP. */
export const POST: RequestHandler = ({ fetch }) => fetch('/guarded', { method: 'POST' })
