"""Who is who: the stories by name, with the ids that tests and demonstrations look up."""

from __future__ import annotations

from dataclasses import dataclass, field

from .world import World

_MOST_EVENT_IDS = 50


@dataclass(slots=True)
class Member:
    """One device of a story. It has several visitor ids when it was deleted and came back."""

    key: str
    platform: str
    visitor_ids: list[str] = field(default_factory=list)
    event_ids: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Chapter:
    """One story: its members by key, and all their ids. Event ids are the newest fifty, newest first."""

    name: str
    title: str
    event_count: int
    visitor_ids: list[str]
    linked_ids: list[str]
    event_ids: list[str]
    members: dict[str, Member]


def cast_list(world: World, now: int) -> dict[str, Chapter]:
    """Every story that has begun."""
    chapters = {}
    for story in world.stories:
        visible = [event for event in reversed(world.by_story[story.name]) if world.is_visible(event, now)]
        members = {
            device.key: Member(device.key, device.platform, [identity.visitor_id for identity in device.identities])
            for device in story.devices
        }
        for event in visible:
            event_ids = members[event.device.key].event_ids
            if len(event_ids) < _MOST_EVENT_IDS:
                event_ids.append(event.event_id)
        chapters[story.name] = Chapter(
            name=story.name,
            title=story.title,
            event_count=len(visible),
            visitor_ids=[visitor_id for member in members.values() for visitor_id in member.visitor_ids],
            linked_ids=list(story.linked_ids),
            event_ids=[event.event_id for event in visible[:_MOST_EVENT_IDS]],
            members=members,
        )
    return chapters
