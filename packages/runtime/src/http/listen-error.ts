/** Why nothing can listen where it was told to: one line that says which setting changes it. */
export class ListenError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'ListenError';
  }
}

/** A port that something else listens on. */
export class PortTakenError extends ListenError {
  constructor(host: string, port: number, variable: string) {
    super(`Port ${port} on ${host} is already taken. Stop what uses it, or set ${variable} to another port.`);
    this.name = 'PortTakenError';
  }
}

/** @param variable the setting that names the port; HOST names the address */
export function listenError(
  error: NodeJS.ErrnoException,
  { host, port, variable }: { host: string; port: number; variable: string },
): ListenError {
  switch (error.code) {
    case 'EADDRINUSE':
      return new PortTakenError(host, port, variable);
    case 'EACCES':
    case 'EPERM':
      return new ListenError(
        `Port ${port} on ${host} may not be used by this process (${error.code}). Set ${variable} to another port, such as one above 1023.`,
        error,
      );
    case 'EADDRNOTAVAIL':
    case 'EAFNOSUPPORT':
    case 'EINVAL':
      return new ListenError(
        `${host} is no address of this machine (${error.code}). Set HOST to one that is.`,
        error,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ListenError(
        `${host} has no address (${error.code}). Set HOST to an address of this machine.`,
        error,
      );
    default:
      return new ListenError(
        `Nothing can listen on port ${port} of ${host} (${error.code ?? error.name}). Look at HOST and ${variable}.`,
        error,
      );
  }
}
