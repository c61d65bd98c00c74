const left = new Set<string>()

type Listener = (path: string) => void

let listen: Listener = () => {}

/** Remembers the folder of a run that is not gone when the run has removed what it could. */
export function noteLeftFolder(path: string): void {
  if (left.has(path)) return
  left.add(path)
  listen(path)
}

/** The folders that runs of this process have left. They may hold rows of a database. */
export function leftFolders(): readonly string[] {
  return [...left]
}

/** Calls back for each such folder, in a thread that does not outlive it. */
export function onLeftFolder(listener: Listener): void {
  listen = listener
}
