// Every icon stands beside a word, so all are hidden from screen readers.
import type { ComponentChildren } from 'preact';
import type { LevelId } from '../model/alerts.js';

function Icon({ children, solid }: { children: ComponentChildren; solid?: boolean }) {
  return (
    <svg class={solid ? 'icon icon-solid' : 'icon'} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

export const HomeIcon = () => (
  <Icon>
    <path d="M4 11.5 12 4l8 7.5V20h-5.5v-5.5h-5V20H4z" />
  </Icon>
);
export const GroupsIcon = () => (
  <Icon>
    <path d="M4 5h16v11H10.5L6 20v-4H4z" />
    <path d="M8 9h8M8 12h5" />
  </Icon>
);
export const ReportsIcon = () => (
  <Icon>
    <path d="M6 3.5h12v17H6z" />
    <path d="M9 8h6M9 12h6M9 16h3" />
  </Icon>
);
export const PersonIcon = () => (
  <Icon>
    <circle cx="12" cy="8" r="4" />
    <path d="M4.5 20.5c.6-4.4 3.4-6.5 7.5-6.5s6.9 2.1 7.5 6.5" />
  </Icon>
);
export const BackIcon = () => (
  <Icon>
    <path d="M14.5 5 7.5 12l7 7" />
  </Icon>
);
export const NextIcon = () => (
  <Icon>
    <path d="m9.5 5 7 7-7 7" />
  </Icon>
);
export const ScanIcon = () => (
  <Icon>
    <path d="M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5" />
    <path d="M8.5 8.5h7v7h-7z" />
  </Icon>
);
export const PhoneIcon = () => (
  <Icon>
    <path d="M5 4h4l1.8 4.5-2.3 1.7a12 12 0 0 0 5.3 5.3l1.7-2.3L20 15v4a1.5 1.5 0 0 1-1.6 1.5C10.8 20 4 13.2 3.5 5.6A1.5 1.5 0 0 1 5 4z" />
  </Icon>
);
export const SpeakerIcon = () => (
  <Icon>
    <path d="M4 9.5v5h3.5l5 4v-13l-5 4z" />
    <path d="M16 9a4.5 4.5 0 0 1 0 6M18.5 6.5a8 8 0 0 1 0 11" />
  </Icon>
);
export const CheckIcon = () => (
  <Icon>
    <path d="m5 12.5 4.5 4.5L19 7.5" />
  </Icon>
);
export const ClockIcon = () => (
  <Icon>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7v5.2l3.3 2" />
  </Icon>
);
export const PlaceIcon = () => (
  <Icon>
    <path d="M12 21c4.5-4.8 6.8-8.3 6.8-11.2a6.8 6.8 0 0 0-13.6 0C5.2 12.7 7.5 16.2 12 21z" />
    <circle cx="12" cy="9.8" r="2.4" />
  </Icon>
);
export const SendIcon = () => (
  <Icon>
    <path d="M4 12 20 4.5 15.5 20l-3.7-6.2z" />
    <path d="M11.8 13.8 20 4.5" />
  </Icon>
);
export const ShieldIcon = () => (
  <Icon solid>
    <path d="M12 2.5 20 5.3v5.9c0 4.9-3.3 8.5-8 10.3-4.7-1.8-8-5.4-8-10.3V5.3z" />
    <path class="icon-cut" d="m8.2 12 2.7 2.7 5-5.2" />
  </Icon>
);
export const FlagIcon = () => (
  <Icon>
    <path d="M12 4 2.8 20h18.4z" />
    <path d="M12 10v4.5M12 17.3v.2" />
  </Icon>
);
export const NetIcon = () => (
  <Icon>
    <path d="M3 9.5a13 13 0 0 1 18 0M6.3 13a8.2 8.2 0 0 1 11.4 0M9.5 16.3a3.6 3.6 0 0 1 5 0M4 3.5l16 17" />
  </Icon>
);
const MegaphoneIcon = () => (
  <Icon>
    <path d="M4 10v4.5h3l8.5 4.5V5.5L7 10zM18.5 9.5a4 4 0 0 1 0 5.5M7 14.5V19h3v-3" />
  </Icon>
);

export { MegaphoneIcon };

/** The sign of an alert's level: its shape differs as well as its colour. */
export function LevelIcon({ level }: { level: LevelId }) {
  switch (level) {
    case 'extreme':
      return (
        <Icon>
          <path d="M8.3 3h7.4L21 8.3v7.4L15.7 21H8.3L3 15.7V8.3z" />
          <path d="M12 7.5v5.5M12 16.3v.2" />
        </Icon>
      );
    case 'warning':
      return <FlagIcon />;
    case 'notice':
      return (
        <Icon>
          <circle cx="12" cy="12" r="9" />
          <path d="M12 11v5.5M12 7.6v.2" />
        </Icon>
      );
    case 'info':
      return <MegaphoneIcon />;
    case 'drill':
      return (
        <Icon>
          <path stroke-dasharray="3.5 2.5" d="M4 5h16v14H4z" />
          <path d="M9 12h6" />
        </Icon>
      );
  }
}
