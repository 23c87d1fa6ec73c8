/** Renders pages, and records the errors that React Router sees. */

import { renderToString } from 'react-dom/server'
import { ServerRouter } from 'react-router'
import { runs } from './runs.ts'

export default function render({ url }, status, headers, context) {
  headers.set('content-type', 'text/html')
  return new Response(renderToString(<ServerRouter context={context} url={url} />), { status, headers })
}

export const handleError = (error) => void runs.push(`handleError ${error}`)
