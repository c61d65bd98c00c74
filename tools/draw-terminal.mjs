#!/usr/bin/env node
// @ts-check
// Runs a command and draws its output as an SVG, as a terminal shows it, colours included:
//   node tools/draw-terminal.mjs docs/verify.svg npm run verify
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drawTerminal, runInColour } from '../packages/migration-proof/tools/terminal-picture.mjs'

const [target, ...words] = process.argv.slice(2)
if (target === undefined || words.length === 0) {
  console.error('Usage: node tools/draw-terminal.mjs FILE.svg COMMAND [ARGUMENT …]')
  process.exit(2)
}
const command = words.join(' ')
const { stdout, status } = runInColour(words, { cwd: fileURLToPath(new URL('..', import.meta.url)) })
writeFileSync(target, drawTerminal([{ command, output: stdout }], { title: `What ${command} prints` }))
process.exitCode = status ?? 1
