// What is used of two test runners that are not installed here.

declare module '@jest/globals' {
  export const describe: (name: string, define: () => void) => void
  export const it: (name: string, run: () => Promise<void>, limitMilliseconds: number) => void
  export const afterAll: (run: () => Promise<void>) => void
}

declare module 'bun:test' {
  export const describe: (name: string, define: () => void) => void
  export const it: (name: string, run: () => Promise<void>, limitMilliseconds: number) => void
  export const afterAll: (run: () => Promise<void>) => void
}
