import { AuthorizeResponse, AuthorizeResponse_Result } from '#gen/bng/v1/aaa.js';
import type { Grant } from './grant.js';

/** What was said about a subscriber, by RADIUS or, while no server answers, in its place. */
export interface Decision {
  readonly accepted: boolean;
  readonly userName: string;
  readonly grant: Omit<Grant, 'withoutCounterpart'>;
  /** Empty when no server was asked. */
  readonly server: string;
  readonly roundTripMs: number;
  /** Set when no server answered. */
  readonly fallback?: 'profile' | 'cached';
}

/** The decision as subs-manager gets it, and as it is kept for bad times. */
export function toResponse(decision: Decision): AuthorizeResponse {
  const { accepted, userName, grant, server, roundTripMs, fallback = '' } = decision;
  return AuthorizeResponse.fromPartial({
    result: accepted ? AuthorizeResponse_Result.ACCEPT : AuthorizeResponse_Result.REJECT,
    userName,
    policy: grant.policy,
    framedIpv4: grant.framedIpv4 ?? '',
    framedNetmask: grant.framedNetmask ?? '',
    framedPool: grant.framedPool ?? '',
    framedRoutes: grant.routes,
    vrf: grant.vrf ?? '',
    services: grant.services.activate,
    withoutServices: grant.services.deactivate,
    ...(grant.ipv6 && { ipv6: grant.ipv6 }),
    class: grant.class,
    replyMessage: grant.replyMessage ?? '',
    server,
    roundTripMs,
    fallback,
  });
}

/** A kept acceptance. */
export function fromKept(kept: AuthorizeResponse): Decision {
  const {
    userName,
    policy,
    framedIpv4,
    framedNetmask,
    framedPool,
    framedRoutes,
    vrf,
    services,
    withoutServices,
    ipv6,
  } = kept;
  return {
    accepted: true,
    userName,
    grant: {
      policy: policy ?? {},
      ...(framedIpv4 !== '' && { framedIpv4 }),
      ...(framedNetmask !== '' && { framedNetmask }),
      ...(framedPool !== '' && { framedPool }),
      ...(vrf !== '' && { vrf }),
      routes: framedRoutes,
      services: { activate: services, deactivate: withoutServices },
      cisco: { services: [] },
      ...(ipv6 && { ipv6 }),
      class: kept.class,
    },
    server: '',
    roundTripMs: 0,
    fallback: 'cached',
  };
}
