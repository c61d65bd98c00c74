// Goal: the command that goes back to a backup can be pasted into a shell, whatever the name of the file is, and draws
// nothing on the terminal.
import { spawnSync } from 'node:child_process'
import { expect, it } from 'vitest'
import { printable } from '../../src/cli/output/printable.ts'
import { quoteArgument } from '../../src/cli/upgrade/render.ts'

const names = [
  '/srv/data.db',
  "it's a file.db",
  'a\nb.db',
  "it's\t\r\u001b[31m \\ '$HOME' `id` é\u202e\u00857.db",
]

it.for(names)('%j is one argument', (name) => {
  const quoted = quoteArgument(name)
  expect(printable(quoted)).toBe(quoted)
  const { stdout } = spawnSync('bash', ['-c', `printf %s ${quoted}`], { encoding: 'utf8' })
  expect(stdout).toBe(name)
})

it('a line break is shown as bash shows it', () => {
  expect(quoteArgument('a\nb.db')).toBe(String.raw`$'a\nb.db'`)
})
