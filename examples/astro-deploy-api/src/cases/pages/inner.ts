import type { APIRoute } from 'astro'

/** Answers with a guarded endpoint, which Astro calls without HTTP. */
export const POST: APIRoute = ({ rewrite }) => rewrite('/guarded')
