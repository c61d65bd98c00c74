// Goal: the command that goes back to a backup can be pasted into a shell, whatever the name of the file is, and draws
// nothing on the terminal.
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { printable } from '../../src/cli/output/printable.ts'
import { setCurrentRun } from '../../src/cli/program.ts'
import { howToRun, quoteArgument } from '../../src/how-to-run.ts'

const names = [
  '/srv/data.db',
  "it's a file.db",
  'a\nb.db',
  "it's\t\r\u001b[31m \\ '$HOME' `id` é\u202e\u00857.db",
]

it.for(names)('%j is one argument', (name) => {
  const quoted = quoteArgument(name, 'linux')
  expect(printable(quoted)).toBe(quoted)
  const { stdout } = spawnSync('bash', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' })
  expect(stdout).toBe(name)
})

it('a line break is shown as bash shows it', () => {
  expect(quoteArgument('a\nb.db', 'linux')).toBe(String.raw`$'a\nb.db'`)
})

/** What the C runtime of Windows makes of a command line, which is what a program gets of a word. */
function readOnWindows(text: string): string {
  if (!text.startsWith('"')) return text
  return text
    .slice(1, -1)
    .replace(/(\\*)(")|(\\+)$/g, (_, before, quote, last) =>
      quote === undefined ? last.slice(0, last.length / 2) : `${before.slice(0, (before.length - 1) / 2)}"`,
    )
}

it.for([
  ['C:\\srv\\data.db', 'C:\\srv\\data.db'],
  ['C:\\Program Files\\app\\data.db', '"C:\\Program Files\\app\\data.db"'],
  ['C:\\a folder\\', '"C:\\a folder\\\\"'],
  ["it's.db", `"it's.db"`],
  ['a&b|c>d.db', '"a&b|c>d.db"'],
  ['foreign keys', '"foreign keys"'],
  ['say "this"', '"say \\"this\\""'],
])('on Windows %j is %s', ([word = '', quoted = '']) => {
  expect(quoteArgument(word, 'win32')).toBe(quoted)
  expect(readOnWindows(quoted)).toBe(word)
})

it('each word of a command that a message names is quoted where it must be', () => {
  expect(howToRun('mutate', '--check', 'foreign keys')).toBe(
    process.platform === 'win32'
      ? 'npx migration-proof mutate --check "foreign keys"'
      : "npx migration-proof mutate --check 'foreign keys'",
  )
  setCurrentRun({ program: { name: 'a', version: '1', description: '' }, givenConfig: 'my config.mjs' })
  expect(howToRun('verify')).toMatch(/^npx a verify --config ['"]my config\.mjs['"]$/)
})
