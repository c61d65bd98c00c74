#!/usr/bin/env node
// @ts-check
// Writes docs/commands.md: the help of every command, as the bundled command line prints it.
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))

/**
 * The text of docs/commands.md.
 *
 * @param {ReadonlyMap<string, string>} helps the help of each command, by its name
 */
export function describeCommands(helps) {
  const sections = [...helps].map(([name, help]) => `## ${name}\n\n\`\`\`text\n${help}\`\`\`\n`)
  const introduction =
    'The help of every command, word for word. `npm run docs` writes this page anew.\n\n' +
    'In a clone, `npm run NAME -- …` runs the command from the code as it is now; from the package,\n' +
    '`npx quickslice-migrations NAME …`.\n'
  return [`# Commands\n\n${introduction}`, ...sections].join('\n')
}

function readHelps() {
  const names = [...help().matchAll(/^ {2}([a-z][a-z:-]*) {2,}/gm)].map(([, name = '']) => name)
  return new Map(names.map((name) => [name, help(name)]))
}

/** @param {string[]} command */
function help(...command) {
  const environment = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '' }
  const parameters = [join(root, 'dist', 'cli', 'main.cjs'), ...command, '--help']
  return execFileSync(process.execPath, parameters, { encoding: 'utf8', env: environment })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  mkdirSync(join(root, 'docs'), { recursive: true })
  writeFileSync(join(root, 'docs', 'commands.md'), describeCommands(readHelps()))
}
