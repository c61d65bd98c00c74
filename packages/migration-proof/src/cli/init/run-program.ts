import { spawn } from 'node:child_process'

/** What a program left that ran to its end. */
export interface ProgramEnd {
  /** Null where it was ended by a signal, or could not start. */
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program in a folder, without a terminal. */
export function runProgram(
  [program = '', ...parameters]: readonly string[],
  folder: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    // On Windows the commands of package managers are scripts of the shell.
    const isScript = process.platform === 'win32' && program !== process.execPath
    const child = spawn(program, isScript ? parameters.map((one) => `"${one}"`) : parameters, {
      cwd: folder,
      env: environment,
      shell: isScript,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr]: string[][] = [[], []]
    child.stdout.setEncoding('utf8').on('data', (text: string) => stdout?.push(text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => stderr?.push(text))
    const end = (exitCode: number | null, more = '') =>
      resolve({ exitCode, stdout: stdout?.join('') ?? '', stderr: `${stderr?.join('') ?? ''}${more}` })
    child.on('error', ({ message }) => end(null, message))
    child.on('close', (exitCode) => end(exitCode))
  })
}
