// Draws the beginning of what `npm run demo` prints as a terminal window, docs/pictures/demo.svg.
// Another path can be given. The file is the same after each run, unless the demo prints another
// text.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'

const title = 'The demo: calls of CI jobs to an API, each admitted or refused with the reason'
const letter = { width: 7.8, height: 19, size: 13 } // Pixels; all monospace fonts are as wide, or narrower.
const margin = { left: 20, top: 58, bottom: 18 }
const font = "ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace"
const background = '#0d1117'
const ink = '#e6edf3'

const escape = '\u001B'
const sequenceOrGap = new RegExp(`(${escape}\\[\\d+m| {2,})`)

/** How parameters of the escape sequence SGR (ECMA-48) change the look of the text after them. */
const styles = {
  1: { 'font-weight': 'bold' },
  2: { fill: '#9da7b3' },
  22: { 'font-weight': undefined, fill: undefined },
  32: { fill: '#56d364' },
  33: { fill: '#e3b341' },
  39: { fill: undefined },
}

/** What the demo prints on a terminal. */
function runDemo() {
  // The demo prints colours on terminals only.
  const isTerminal = '--import=data:text/javascript,process.stdout.isTTY=true'
  const { NO_COLOR: _, ...env } = process.env
  return execFileSync('npm', ['run', '--silent', 'demo'], {
    env: { ...env, FORCE_COLOR: '1', NODE_OPTIONS: isTerminal },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** The lines to show: from the title to the run of a pull request on main, and the summary. */
function choose(output) {
  const lines = output
    .trim()
    .replaceAll(/\n{3,}/g, '\n\n')
    .split('\n')
  const last = lines.findIndex((line) => line.includes('issue_comment'))
  const summary = lines.findLast((line) => line.includes(' calls, each answered as expected.'))
  if (last === -1 || summary === undefined) throw new Error('the demo does not print what this script looks for')
  const dim = (text) => `${escape}[2m${text}${escape}[22m`
  const chosen = [`${dim('$')} npm run demo`, '', ...lines.slice(0, last), dim('…'), '', summary]
  // Ports vary.
  return chosen.map((line) => line.replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, 'http://127.0.0.1:3000'))
}

/**
 * The texts of a line, each with its column and look. A text ends where two spaces follow, so that
 * columns stay aligned in any font. A look lasts until it is changed, also on the next lines.
 */
function textsIn(line, state) {
  let column = 0
  return line.split(sequenceOrGap).flatMap((part) => {
    if (part.startsWith(escape)) {
      const parameter = part.slice(`${escape}[`.length, -'m'.length)
      if (styles[parameter] === undefined) throw new Error(`the style ${parameter} has no look here`)
      state.look = { ...state.look, ...styles[parameter] }
      return []
    }
    const start = column
    column += Array.from(part).length
    return part.trim() === '' ? [] : [{ text: part, column: start, look: state.look }]
  })
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function drawLine(line, index, state) {
  const y = margin.top + index * letter.height
  const spans = textsIn(line, state).map(({ text, column, look }) => {
    const indent = text.length - text.trimStart().length
    const x = Number((margin.left + (column + indent) * letter.width).toFixed(1))
    const attributes = Object.entries(look).filter(([, value]) => value !== undefined)
    return `<tspan x="${x}"${attributes.map(([name, value]) => ` ${name}="${value}"`).join('')}>${escaped(text.trim())}</tspan>`
  })
  return spans.length === 0 ? [] : [`<text y="${y}">${spans.join('')}</text>`]
}

function draw(lines) {
  const state = { look: {} }
  const ends = lines.flatMap((line) => textsIn(line, { look: {} }).map(({ text, column }) => column + text.length))
  const width = Math.ceil(2 * margin.left + Math.max(...ends) * letter.width)
  const height = margin.top + (lines.length - 1) * letter.height + margin.bottom
  const buttons = ['#ff5f57', '#febc2e', '#28c840'].map(
    (fill, index) => `<circle cx="${24 + index * 20}" cy="22" r="6" fill="${fill}"/>`,
  )
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="10" fill="${background}"/>`,
    ...buttons,
    `<g font-family="${font}" font-size="${letter.size}" fill="${ink}">`,
    ...lines.flatMap((line, index) => drawLine(line, index, state)),
    '</g>',
    '</svg>',
  ].join('\n')}\n`
}

const { pathname } = new URL('../docs/pictures/demo.svg', import.meta.url)
const [path = pathname] = process.argv.slice(2)
writeFileSync(path, draw(choose(runDemo())))
