import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Run, type RunOptions, runCommandLine } from './command-line.ts'

/** A folder under git, in which a test does what a maintainer would do. */
export interface ScratchProject {
  readonly folder: string
  git(...parameters: readonly string[]): string
  /** Commits all that is in the folder. */
  commit(message: string): void
  read(file: string): string
  write(file: string, text: string): void
  /** Changes a file; fails where it does not hold the text. */
  replace(file: string, text: string, by: string): void
  remove(file: string): void
  /** Runs the command line on the code as it is now. */
  run(parameters: readonly string[], options?: RunOptions): Run
  /** The same folder as it is now, apart from this one. */
  copy(): ScratchProject
  /** Removes the folder and every copy of it. */
  destroy(): void
}

/** A new folder under git with what is written into it, committed to `main`. */
export function startProject(fill: (scratch: ScratchProject) => void): ScratchProject {
  const scratch = scratchIn(mkdtempSync(join(tmpdir(), 'scratch-project-')))
  fill(scratch)
  scratch.git('init', '--quiet', '--initial-branch', 'main')
  scratch.commit('Release')
  // One file instead of one for each object: every copy of the folder copies them.
  scratch.git('repack', '-a', '-d', '--quiet')
  return scratch
}

/** A folder with these files, committed to `main`. The command line is that of the package. */
export function makeProject(files: Readonly<Record<string, string>>): ScratchProject {
  return startProject(({ write }) => {
    for (const [file, text] of Object.entries(files)) write(file, text)
  })
}

function scratchIn(folder: string): ScratchProject {
  const copies: ScratchProject[] = []
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  const git = (...parameters: readonly string[]) =>
    execFileSync('git', [...settings, ...parameters], { cwd: folder, encoding: 'utf8', stdio: 'pipe' })
  const write = (file: string, text: string) => {
    mkdirSync(dirname(join(folder, file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  return {
    folder,
    git,
    commit: (message) => {
      git('add', '--all')
      git('commit', '--quiet', '--allow-empty', '--message', message)
    },
    read,
    write,
    replace: (file, text, by) => {
      const before = read(file)
      if (!before.includes(text)) throw new Error(`${file} does not hold '${text}'`)
      write(file, before.replace(text, by))
    },
    remove: (file) => rmSync(join(folder, file), { recursive: true }),
    run: (parameters, options) => {
      // A summary of the job that runs these tests is none of theirs.
      const env = { GITHUB_STEP_SUMMARY: '', ...options?.env }
      return runCommandLine(parameters, { cwd: folder, ...options, env })
    },
    copy: () => {
      const target = mkdtempSync(join(tmpdir(), 'scratch-project-'))
      cpSync(folder, target, { recursive: true, verbatimSymlinks: true })
      const copy = scratchIn(target)
      copies.push(copy)
      return copy
    },
    destroy: () => {
      for (const copy of copies) copy.destroy()
      rmSync(folder, { recursive: true })
    },
  }
}

/** Whatever the machine's own settings of git say. */
const settings = [
  'user.name=A maintainer',
  'user.email=maintainer@example.org',
  'commit.gpgsign=false',
  'core.autocrlf=false',
].flatMap((setting) => ['-c', setting])
