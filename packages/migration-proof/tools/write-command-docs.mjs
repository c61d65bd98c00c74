#!/usr/bin/env node
// @ts-check
// Writes docs/commands.md: the help of every command, as the bundled command line prints it.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const folder = fileURLToPath(new URL('..', import.meta.url))

const streams = `## Exit code, JSON and streams

- The exit code is 1 until a command has ended by itself. A config that calls \`process.exit\`, waits for a promise that
  never settles or throws in a timer is named, and never makes it 0.
- What a config leaves open, such as a timer or a server, is named in a warning, and the command ends.
- With \`--json\`, the standard output holds exactly one JSON value. That of an error is
  \`{ "error": { "name", "message", "where", "expected", "actual", "fix" } }\`; the same sentence is on the standard
  error. With \`--output\`, the value also names the file. What a config prints by \`console.log\` or \`process.stdout\`
  goes to the standard error, but not what a program prints that the config starts with the same output.
- An error is one sentence. \`MIGRATION_PROOF_STACK=1\` in the environment adds the stack, for a bug report.
- A closed pipe, as with \`head\`, stops nothing: the work goes on, and the exit code is that of the work. If the standard
  output cannot be written for another reason, such as a full disk, the exit code is 1: there is no result. A standard
  error that cannot be written changes nothing.
- Names from files are printed with escapes where a terminal or a CI service would take them for commands: \`\\u{1b}\`, and
  \`::\` or \`##[\`, which GitHub Actions and Azure Pipelines interpret. JSON holds them unchanged.`

/**
 * The text of the page.
 *
 * @param {ReadonlyMap<string, string>} helps the help of each command, by its name
 */
export function describeCommands(helps) {
  const sections = [...helps].map(([name, help]) => `## ${name}\n\n\`\`\`text\n${help}\`\`\`\n`)
  const introduction = `The help of every command. \`npm run docs\` writes this page.\n\n${streams}\n`
  return [`# Commands\n\n${introduction}`, ...sections].join('\n')
}

function readHelps() {
  const names = [...help().matchAll(/^ {2}([a-z][a-z:-]*) {2,}/gm)].map(([, name = '']) => name)
  return new Map(names.map((name) => [name, help(name)]))
}

/** @param {string[]} command */
function help(...command) {
  const environment = { ...process.env, NO_COLOR: '1', FORCE_COLOR: '' }
  const parameters = [join(folder, 'dist', 'cli', 'main.cjs'), ...command, '--help']
  return execFileSync(process.execPath, parameters, { encoding: 'utf8', env: environment })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  writeFileSync(join(folder, 'docs', 'commands.md'), describeCommands(readHelps()))
}
