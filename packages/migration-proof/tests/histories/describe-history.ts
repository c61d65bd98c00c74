import { cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareTools } from '../history/tools/prepare-tools.ts'
import { makeProjectOf, runScript } from '../history/tools/project-of-tool.ts'
import type { ScratchProject } from '../support/scratch-project.ts'
import { fetchPackage } from './public-packages.ts'

/** The migrations of a project, and what is true of them. */
export interface TestedHistory {
  readonly title: string
  /** Packages of the tools that the tests install. */
  readonly tools: readonly string[]
  /** What its migrations import besides, or what makes them. */
  readonly needs?: readonly string[]
  /** Brings the migrations into the project. */
  bring(project: ScratchProject): void
  /** What stands in the project beside them: its config, and `migrate.mjs`, which lets the tool apply the first migrations, or all. */
  readonly files: Readonly<Record<string, string>>
  /** How many migrations a file has had that the tool made. */
  readonly madeAt: number
  /** Every problem that `verify` reports: the check, what it is about, and the migration that causes it. */
  readonly problems: readonly string[]
}

/** The migrations of a public project, as its package brings them. */
export interface PublicHistory extends Omit<TestedHistory, 'bring'> {
  /** In `packages.json`. */
  readonly from: string
  /** Files and folders of the package, and where they are in the project of the test. */
  readonly copies: Readonly<Record<string, string>>
}

/** Proves the history of a public project. */
export function describePublicHistory({ from, copies, ...history }: PublicHistory): void {
  describeHistory({
    ...history,
    bring: ({ folder }) => {
      const source = fetchPackage(from)
      for (const [path, to] of Object.entries(copies))
        cpSync(join(source, path), join(folder, to), { recursive: true })
    },
  })
}

/** Each test starts up to five commands. */
const timeout = 300_000

/** Proves a history on synthetic rows, and upgrades a file that its own tool has made. */
export function describeHistory(history: TestedHistory): void {
  describe(history.title, () => {
    let project: ScratchProject
    beforeAll(() => {
      project = makeProject(history)
    }, 600_000)
    afterAll(() => project?.destroy())

    it('is frozen, and has its upgrades proven, or what is wrong with them named', { timeout }, () => {
      for (const options of [[], ['--accept-drafts']]) project.run(['freeze', ...options])
      if (giveUpLost(project)) project.run(['freeze', '--accept-drafts'])
      expect(project.run(['freeze', '--check']).stdout).not.toContain('✗')
      const { stdout, exitCode } = project.run(['verify', '--no-cache', '--json'])
      expect(problemsOf(JSON.parse(stdout))).toEqual(history.problems)
      expect(exitCode).toBe(history.problems.length === 0 ? 0 : 1)
    })

    it('has a file of the tool recognised and upgraded, after which the tool has nothing left to do', {
      timeout,
    }, () => {
      const { madeAt } = history
      expect(runScript(project, 'migrate.mjs', 'data.db', `${madeAt}`)).toHaveLength(madeAt)
      const inspected = project.run(['inspect', 'data.db', '--json'])
      expect(JSON.parse(inspected.stdout)).toMatchObject({ version: madeAt })
      expect(project.run(['upgrade', 'data.db'])).toMatchObject({ exitCode: 0 })
      expect(runScript(project, 'migrate.mjs', 'data.db')).toEqual([])
    })
  })
}

function makeProject({ tools, needs = [], files, bring }: TestedHistory): ScratchProject {
  prepareTools().install()
  const project = makeProjectOf(tools, files)
  if (needs.length > 0) prepareTools('histories').install()
  for (const name of needs) {
    const target = join(project.folder, 'node_modules', name)
    mkdirSync(dirname(target), { recursive: true })
    symlinkSync(join(prepareTools('histories').folder, 'node_modules', name), target)
  }
  bring(project)
  return project
}

/** Accepts, as a person would who has read them, the clauses that a rebuild lost. */
function giveUpLost({ folder }: ScratchProject): boolean {
  const schemas = join(folder, 'fixtures', 'schemas')
  const waiting = readdirSync(schemas).filter((name) =>
    /^-- lost:/m.test(readFileSync(join(schemas, name), 'utf8')),
  )
  for (const name of waiting) {
    const text = readFileSync(join(schemas, name), 'utf8')
    writeFileSync(join(schemas, name), text.replaceAll(/^-- (?:lost|DRAFT).*\n/gm, ''))
  }
  return waiting.length > 0
}

interface Found {
  readonly code: string
  readonly version: number | null
  readonly subject: { readonly type: string; readonly name: string }
}
interface Results {
  readonly problems: readonly Found[]
  readonly snapshots: readonly { readonly checks: readonly { readonly problems: readonly Found[] }[] }[]
}

function problemsOf({ problems, snapshots }: Results): string[] {
  const all = [...problems, ...snapshots.flatMap(({ checks }) => checks.flatMap((check) => check.problems))]
  const shown = all.map(({ code, subject, version }) => `v${version} ${code} ${subject.type} ${subject.name}`)
  return [...new Set(shown)].sort()
}
