"""What is a peer given to do? The requests of one of our syncs, as a tree of what had to follow what."""

from urllib.parse import urlsplit


def plan_of(taken):
    """One entry a request: its table, url, headers and form (None: a GET), and in `then` the requests that had to follow its answer."""
    items = {id(request): _item(request) for request in taken}
    for request in taken:
        if request.follows is not None:
            items[id(request.follows)]["then"].append(items[id(request)])
    return [items[id(request)] for request in taken if request.follows is None]


def _item(request):
    return {"table": _table(request), "url": request.url, "headers": request.headers, "form": request.form, "then": []}


def _table(request):
    """The provider and the endpoint's name; what follows a list is about posts."""
    words = [word for word in urlsplit(request.url).path.split("/") if word.isidentifier()]
    return "_".join([words[0], words[-1] if len(words) > 1 else "object", "of_posts" if request.follows else "asked"])
