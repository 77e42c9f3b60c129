import { type Logger, pino } from 'pino';

export type Log = Logger;

export interface LogOptions {
  level?: string;
  /** Where lines go; standard output when absent. */
  destination?: { write(line: string): void };
}

const secrets = ['secret', 'password', 'userPassword', 'token', 'databaseUrl'];

/** JSON log of one service. Known secret fields are cut at any first or second level. */
export function createLog(service: string, options: LogOptions = {}): Log {
  const settings = {
    name: service,
    level: options.level ?? 'info',
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: secrets.flatMap((key) => [key, `*.${key}`]), censor: '[secret]' },
  };
  return options.destination ? pino(settings, options.destination) : pino(settings);
}

/** A log that says nothing, for tests. */
export const silentLog = (): Log => pino({ level: 'silent' });
