import { type BrokerState, inspectBroker, queues } from '@meander/messaging';
import { type Finding, findingsOf, placeOf, unreachable } from '../finding.ts';

const { ok, note, fault } = findingsOf('broker');

function explain(error: unknown, place: string): Finding {
  const away = unreachable(error, place);
  if (away) return fault(away, 'Start RabbitMQ, or mend the host and the port in AMQP_URL.');
  const message = error instanceof Error ? error.message : '';
  if (/ACCESS.REFUSED|403/.test(message))
    return fault(`RabbitMQ at ${place} refuses the login.`, 'Set the right user and password in AMQP_URL.');
  if (/NOT_ALLOWED|530|vhost/.test(message))
    return fault(
      `RabbitMQ at ${place} has no such virtual host, or it is closed to this user.`,
      'Mend the end of AMQP_URL.',
    );
  return fault(
    `RabbitMQ at ${place} cannot be looked at.`,
    'Its log says why; AMQP_URL may name something else.',
  );
}

function judgeQueues({ missing, queues: found }: BrokerState): Finding[] {
  const findings: Finding[] = [];
  if (missing.length > 0)
    findings.push(
      fault(`Not declared yet: ${missing.join(', ')}.`, 'Start any of the services: each declares all.'),
    );
  for (const { name, messages, consumers } of found) {
    if (name === queues.dead.name) {
      if (messages > 0)
        findings.push(
          fault(`${messages} messages were put aside in ${name}.`, 'docs/runbooks/dead-letters.md'),
        );
    } else if (consumers === 0) {
      findings.push(
        fault(
          `Nobody consumes ${name}: no mail leaves.`,
          'Start notification; docs/runbooks/no-consumers.md',
        ),
      );
    } else {
      findings.push(ok(`${name}: ${consumers} consume it, ${messages} events wait.`));
    }
  }
  return findings;
}

export async function checkBroker(
  access: { url: string; ca?: string | undefined },
  prefix: string,
): Promise<Finding[]> {
  const place = placeOf(access.url);
  try {
    const state = await inspectBroker(access, prefix);
    const alarm =
      state.takesMessages === undefined
        ? note('This user may not see whether the broker has an alarm.')
        : state.takesMessages
          ? ok('The broker takes messages: no alarm of memory or disk.')
          : fault('The broker takes no messages.', 'Memory or disk is short: docs/runbooks/broker-alarm.md');
    return [ok(`${state.product} answers at ${place}.`), ...judgeQueues(state), alarm];
  } catch (error) {
    return [explain(error, place)];
  }
}
