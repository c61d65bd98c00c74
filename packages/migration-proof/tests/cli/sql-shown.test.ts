// Goal: SQL that a person may copy from a terminal is SQL: its tabs stay, with the line ends of the terminal, and with what the tool
// needs between statements.
import { expect, it } from 'vitest'
import { renderEngines } from '../../src/cli/engines/render.ts'
import { printableSql, safeText } from '../../src/cli/output/printable.ts'
import { BatchLosses } from '../../src/compatibility/batch-losses.ts'

const created = 'CREATE TABLE new_user (\r\n\t`id` integer\r\n)'

it('keeps tabs, and shows what could draw on the screen as escapes', () => {
  expect(printableSql(created)).toBe('CREATE TABLE new_user (\n\t`id` integer\n)')
  expect(printableSql('a\u001b[31m\u0007\tb')).toBe('a\\u{1b}[31m\\u{7}\tb')
  expect(safeText('\t`id`\u0007', false)).toBe('\t`id`\\u{7}')
})

it('prints a proposed migration as the file of its tool has it', () => {
  const losses = new BatchLosses()
  losses.add('v1', { lost: [], safer: new Map([[2, [created, 'DROP TABLE user']]]) } as never)
  const runner = {
    tool: 'drizzle-orm',
    transaction: 'all',
    foreignKeys: 'on',
    separator: '--> here',
  } as const
  const rebuilds = losses.rebuilds({ migrations: [], runner } as never)
  const engine = { engine: 'd1', version: null, sqlite: '3', outcome: 'failed', snapshots: [], problems: [] }
  const text = renderEngines(
    { engines: [{ ...engine, rebuilds }], missing: [], problems: [] } as never,
    (_, text) => text,
  )
  expect(text).toContain('CREATE TABLE new_user (\n\t`id` integer\n);--> here\nDROP TABLE user;\n\n')
})
